"""A delivery stream: its record in the control plane, and what its parts share."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from firehose_logging.local.clock import Clock
from firehose_logging.local.firehose.bulk import id_prefix
from firehose_logging.local.firehose.faults import Faults
from firehose_logging.local.firehose.metrics import Metrics
from firehose_logging.local.firehose.ports import Aws
from firehose_logging.local.firehose.settings import DeliverySettings, read_settings

DESTINATION_ID = "destinationId-000000000001"
RETRY_KEEPING_SECONDS = 1.0
"""Between two attempts to keep a change that nobody waits for an answer to."""
DELETED = "DELETED"
"""Nobody sees this state: the stream is gone, and nothing of it is kept any more."""
_LOG = logging.getLogger(__name__)


def stream_arn(region: str, account: str, name: str) -> str:
    """Return the ARN of a stream."""
    return f"arn:aws:firehose:{region}:{account}:deliverystream/{name}"


class NotKeptError(Exception):
    """A stream can't be kept as it is now: the disk is full or broken."""

    def __init__(self, name: str, error: OSError) -> None:
        super().__init__(f"The local stack can't keep Firehose {name}: {error}")


@dataclass(frozen=True)
class Services:
    """What every stream is given from outside.

    Attributes:
        first_sequence: returns the number of a stream's first record; numbers must not come
            again when the stack is started anew, because documents' ids are made of them.
        keep: called after each change of a stream's record; raises ``NotKeptError``.
        faults: what is to go wrong.
    """

    clock: Clock
    aws: Aws
    metrics: Metrics
    random: Random
    first_sequence: Callable[[], int]
    keep: Callable[[Stream], None]
    faults: Faults


@dataclass(eq=False)
class Stream:
    """A delivery stream.

    Whatever changes its record raises ``NotKeptError`` where it can't be kept, and changes nothing
    then.

    Attributes:
        status: ``CREATING``, ``CREATING_FAILED``, ``ACTIVE`` or ``DELETING``.
        version: raised by each update that changes something (A9).
        description: ``AmazonopensearchserviceDestinationDescription``.
        encryption: ``DeliveryStreamEncryptionConfiguration``.
        lost: records that were given up after 24 hours (B4).
        held: bytes that were acknowledged and are neither delivered nor backed up.
    """

    name: str
    region: str
    account: str
    created: float
    description: dict[str, Any]
    services: Services
    source: dict[str, Any] | None = None
    status: str = "CREATING"
    version: int = 1
    updated: float | None = None
    tags: dict[str, str] = field(default_factory=dict)
    encryption: dict[str, Any] = field(default_factory=lambda: {"Status": "DISABLED"})
    failure: dict[str, str] | None = None
    lost: int = 0
    held: int = 0
    settings: DeliverySettings = field(init=False)
    sequence: Iterator[int] = field(init=False)
    id_prefix: str = field(init=False)

    def __post_init__(self) -> None:
        self.settings = read_settings(self.description)
        self.sequence = itertools.count(self.services.first_sequence())
        self.id_prefix = id_prefix(self.arn)

    @property
    def arn(self) -> str:
        """The stream's ARN."""
        return stream_arn(self.region, self.account, self.name)

    def apply(self, description: dict[str, Any]) -> None:
        """Take over a changed description; what is under way goes on with it."""
        settings = read_settings(description)
        now = self.services.clock.now()
        self._change(description=description, version=self.version + 1, updated=now)
        self.settings = settings

    def change_status(self, status: str) -> None:
        """Enter a state."""
        self._change(status=status)

    def change_encryption(self, encryption: dict[str, Any]) -> None:
        """Take over another ``DeliveryStreamEncryptionConfiguration``."""
        self._change(encryption=encryption)

    def change_tags(self, tags: dict[str, str]) -> None:
        """Replace the tags."""
        self._change(tags=tags)

    async def insist(self, change: Callable[[], None]) -> None:
        """Make a change that nobody waits for an answer to, as soon as it can be kept."""
        told = ""
        while trouble := _trouble_with(change):
            if trouble != told:
                _LOG.warning("%s", trouble)
                told = trouble
            await self.services.clock.sleep(RETRY_KEEPING_SECONDS)

    def _change(self, **members: Any) -> None:
        before = {name: getattr(self, name) for name in members}
        self._set(members)
        if self.status == DELETED:
            return
        try:
            self.services.keep(self)
        except NotKeptError:
            self._set(before)
            raise

    def _set(self, members: dict[str, Any]) -> None:
        for name, value in members.items():
            setattr(self, name, value)

    def note(self, metric: str, value: float, unit: str = "Count") -> None:
        """Add a value to one of the stream's metrics."""
        self.services.metrics.add(self.region, self.name, metric, value, unit)

    def lose(self, count: int, why: str) -> None:
        """Count records that are given up, and say so."""
        self.lost += count
        _LOG.error("%s: %d records are lost: %s", self.arn, count, why)


def _trouble_with(change: Callable[[], None]) -> str:
    try:
        change()
    except NotKeptError as error:
        return str(error)
    return ""
