"""Faults on demand, as the gateway offers them below ``/_local/``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firehose_logging.local.firehose.faults import FaultError, Faults
from firehose_logging.local.gateway.control import Action, ControlError


def fault_actions(faults: Faults) -> dict[str, Action]:
    """Return what may be asked of Firehose through the gateway: ``POST /_local/faults``."""

    async def handle(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return await faults.handle(asked)
        except FaultError as error:
            raise ControlError(str(error)) from error

    return {"faults": handle}
