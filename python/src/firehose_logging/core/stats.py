"""What a handler tells about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class HandlerStats:
    """Counters of one handler in one process, in records.

    ``accepted == sent + fell_back + sum(dropped.values()) + queued`` holds whenever no call is
    in progress, apart from records that the spool brings back from earlier processes.

    Attributes:
        accepted: Records taken from callers.
        sent: Records that Firehose acknowledged.
        retried: Records sent another time, each time counted.
        spooled: Records written to the spool folder.
        fell_back: Records handed to the fallback.
        dropped: Records lost, by reason.
        queued: Records that wait in memory or in the spool, or are on their way.
    """

    accepted: int
    sent: int
    retried: int
    spooled: int
    fell_back: int
    dropped: Mapping[str, int]
    queued: int
