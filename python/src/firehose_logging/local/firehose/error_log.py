"""Error events in the stream's CloudWatch log streams (statements F1 and F2)."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import orjson

from firehose_logging.local.clock import Clock
from firehose_logging.local.firehose.ports import AccessError, Aws, LogEvent
from firehose_logging.local.firehose.records import Failure
from firehose_logging.local.firehose.settings import LogTarget
from firehose_logging.local.firehose.tasks import Tasks

_LOG = logging.getLogger(__name__)
_COLLECTING_SECONDS = 1.0
_MOST_EVENTS = 1000
_LONGEST_MESSAGE = 4000

_Source = tuple[str, LogTarget | None]


@dataclass(frozen=True)
class Origin:
    """Where an error happened: the role that acted, its log stream, and what it acted on."""

    role_arn: str
    target: LogTarget | None
    destination: str


class ErrorLog:
    """Write error events of one stream, equal ones once per second."""

    def __init__(self, clock: Clock, aws: Aws, tasks: Tasks, arn: str) -> None:
        self._clock = clock
        self._aws = aws
        self._tasks = tasks
        self._arn = arn
        self._waiting: dict[_Source, dict[bytes, float]] = {}

    def report(
        self,
        origin: Origin,
        version: int,
        failure: Failure,
        processor: str | None = None,
    ) -> None:
        """Note one error; streams that log no errors tell it to the stack's own log only."""
        event: dict[str, object] = {
            "deliveryStreamARN": self._arn,
            "destination": origin.destination,
            "deliveryStreamVersionId": version,
            "message": failure.message[:_LONGEST_MESSAGE],
            "errorCode": failure.code,
        }
        if processor is not None:
            event["processor"] = processor
        source = (origin.role_arn, origin.target)
        events = self._waiting.get(source)
        if events is None:
            events = self._waiting[source] = {}
            self._tasks.spawn(self._write_soon(source), "error log")
        line = orjson.dumps(event)
        if line not in events and len(events) < _MOST_EVENTS:
            events[line] = self._clock.now()
            _LOG.warning("%s: %s: %s", self._arn, failure.code, event["message"])

    async def _write_soon(self, source: _Source) -> None:
        await self._clock.sleep(_COLLECTING_SECONDS)
        await self._write(source)

    async def flush(self) -> None:
        """Write what waits."""
        for source in tuple(self._waiting):
            await self._write(source)

    async def _write(self, source: _Source) -> None:
        events = self._waiting.pop(source, {})
        role_arn, target = source
        if not events or target is None:
            return
        try:
            role = await self._aws.as_role(role_arn, self._arn)
            await role.put_log_events(
                target.group,
                target.stream,
                [LogEvent(moment, event.decode()) for event, moment in events.items()],
            )
        except AccessError as failure:
            _LOG.warning(
                "%s: %d error events could not be written to %s/%s: %s",
                self._arn, len(events), target.group, target.stream, failure,
            )  # fmt: skip
