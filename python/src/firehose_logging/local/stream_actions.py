"""What tests ask of streams below ``/_local/``: to deliver now, and what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firehose_logging.local.firehose import Firehose
from firehose_logging.local.gateway.control import Action, ControlError

_SECONDS = 30.0
_MOST_SECONDS = 600.0


def stream_actions(firehose: Firehose) -> dict[str, Action]:
    """Return what may be asked of streams through the gateway.

    ``POST /_local/flush`` takes ``{"stream": name, "seconds": most}``, both optional: every stream
    of that name, or every one, delivers what it holds at once. ``POST /_local/records`` takes
    nothing. Both answer ``{"streams": [{"stream", "region", "records", "bytes", "lost"}]}``: what
    is neither delivered nor backed up.
    """

    async def flush(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        name, seconds = asked.get("stream"), asked.get("seconds", _SECONDS)
        if name is not None and not isinstance(name, str):
            raise ControlError("stream must be the name of a stream")
        if type(seconds) not in (int, float) or not 0 <= seconds <= _MOST_SECONDS:
            raise ControlError(f"seconds must be a number from 0 to {_MOST_SECONDS:.0f}")
        found = await firehose.flush(name, seconds)
        if name is not None and not found:
            raise ControlError(f"there is no stream {name}")
        return {"streams": [holding._asdict() for holding in found]}

    async def records(_asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"streams": [holding._asdict() for holding in firehose.holdings()]}

    return {"flush": flush, "records": records}
