"""Moto finds a key by its ARN in some calls only; KMS finds it in all."""

from __future__ import annotations

from dataclasses import replace

import orjson

from firehose_logging.local.api import ApiAnswer
from firehose_logging.local.gateway.request import Request
from firehose_logging.local.gateway.service import Proceed

_KEY = ":key/"


class KmsKeyIds:
    """Changes of a key's state."""

    service = "kms"
    operations = frozenset(
        {"CancelKeyDeletion", "DisableKey", "EnableKey", "ScheduleKeyDeletion"},
    )

    async def answer(self, request: Request, operation: str, proceed: Proceed) -> ApiAnswer:  # noqa: ARG002 - the protocol's
        """Let moto do it, to the key's id."""
        try:
            members = orjson.loads(request.body)
        except ValueError:
            return await proceed(request)
        name = members.get("KeyId") if isinstance(members, dict) else None
        if not isinstance(name, str) or _KEY not in name:
            return await proceed(request)
        members["KeyId"] = name.rpartition(_KEY)[2]
        return await proceed(replace(request, body=orjson.dumps(members)))
