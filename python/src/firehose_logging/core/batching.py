"""Cut batches that keep within Firehose's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import deque

    from firehose_logging.core.item import Item


def take_batch(waiting: deque[Item], max_records: int, max_bytes: int) -> list[Item]:
    """Remove from the left of ``waiting`` as many items as fit one batch.

    Args:
        waiting: Items in the order in which they leave.
        max_records: Records in a batch at most.
        max_bytes: Raw bytes in a batch at most. A record above it travels alone.

    Returns:
        The batch, empty only when nothing waits.
    """
    batch: list[Item] = []
    size = 0
    while waiting and len(batch) < max_records:
        size += len(waiting[0].data)
        if batch and size > max_bytes:
            break
        batch.append(waiting.popleft())
    return batch


def halve(batch: list[Item]) -> tuple[list[Item], list[Item]]:
    """Split a batch in two, to find the record that Firehose objects to."""
    middle = len(batch) // 2
    return batch[:middle], batch[middle:]
