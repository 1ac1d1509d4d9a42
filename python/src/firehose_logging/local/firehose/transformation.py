"""The transforming function: invoked batch by batch, before delivery (statements E1 to E7)."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence

from firehose_logging.local.firehose import transform_payload
from firehose_logging.local.firehose.backup import Backup
from firehose_logging.local.firehose.documents import failed_processing
from firehose_logging.local.firehose.error_log import ErrorLog, Origin
from firehose_logging.local.firehose.ports import AccessError
from firehose_logging.local.firehose.prefixes import PROCESSING_FAILED
from firehose_logging.local.firehose.records import Batch, FailedRecord, Failure, Record, Records
from firehose_logging.local.firehose.retry import backoff
from firehose_logging.local.firehose.settings import TransformSettings
from firehose_logging.local.firehose.streams import Stream
from firehose_logging.local.firehose.transform_payload import Transformed
from firehose_logging.local.firehose.waiting import sleep_unless

_CODES = {
    "AccessDeniedException": "Lambda.InvokeAccessDenied",
    "AccessDenied": "Lambda.InvokeAccessDenied",
    "ResourceNotFoundException": "Lambda.ResourceNotFound",
    "TooManyRequestsException": "Lambda.InvokeLimitExceeded",
    "ReadTimeoutError": "Lambda.FunctionRequestTimedOut",
}


class Transformation:
    """Let the stream's function transform batches; what it does not process is backed up."""

    def __init__(self, stream: Stream, backup: Backup, errors: ErrorLog) -> None:
        self._stream = stream
        self._backup = backup
        self._errors = errors
        self._hurry = asyncio.Event()

    def hurry(self) -> None:
        """Wait for no further attempt."""
        self._hurry.set()

    async def transform(self, batch: Batch, settings: TransformSettings) -> Records:
        """Return the records that go on to delivery, in order of arrival."""
        taken = Records()
        for run in transform_payload.split_by_payload(batch.records):
            taken.extend(await self._transform_run(batch, run, settings))
        return taken

    async def _transform_run(
        self, batch: Batch, records: Records, settings: TransformSettings
    ) -> Records:
        clock = self._stream.services.clock
        attempts = 0
        while True:
            attempts += 1
            result = await self._invoke(records, settings)
            if result.whole is None or attempts > settings.retries:
                break
            delay = backoff(attempts, self._stream.services.random.random())
            if not await sleep_unless(clock, delay, self._hurry):
                break
        failed = result.failed
        if result.whole is not None:
            failed = [(record, result.whole) for record in records]
        self._give_to_backup(batch, failed, attempts, settings)
        self._stream.note("SucceedProcessing.Records", len(result.taken))
        self._stream.note("SucceedProcessing.Bytes", result.taken.size, "Bytes")
        return result.taken

    async def _invoke(self, records: Records, settings: TransformSettings) -> Transformed:
        stream = self._stream
        services = stream.services
        invocation = str(uuid.UUID(int=services.random.getrandbits(128), version=4))
        request = transform_payload.build_request(
            records, invocation, stream.arn, stream.region, stream.id_prefix
        )
        started = services.clock.now()
        try:
            role = await services.aws.as_role(settings.role_arn, stream.arn)
            answer = await role.invoke(settings.function_arn, request)
        except AccessError as error:
            result = Transformed(whole=_not_invoked(error))
        else:
            if answer.error is None:
                result = transform_payload.read_answer(answer.payload, records, stream.id_prefix)
            else:
                result = Transformed(whole=_raised(answer.payload))
        duration = (services.clock.now() - started) * 1000
        stream.note("ExecuteProcessing.Duration", duration, "Milliseconds")
        stream.note("ExecuteProcessing.Success", int(result.whole is None))
        if result.whole is not None:
            self._report(result.whole, settings)
        return result

    def _give_to_backup(
        self,
        batch: Batch,
        failed: Sequence[tuple[Record, Failure]],
        attempts: int,
        settings: TransformSettings,
    ) -> None:
        if not failed:
            return
        for failure in dict.fromkeys(failure for _, failure in failed):
            self._report(failure, settings)
        now = self._stream.services.clock.now()
        lines = [
            failed_processing(FailedRecord(record, failure, attempts, now), settings.function_arn)
            for record, failure in failed
        ]
        self._backup.add(PROCESSING_FAILED, lines, failed[0][0].arrived, batch)

    def _report(self, failure: Failure, settings: TransformSettings) -> None:
        delivery = self._stream.settings
        origin = Origin(delivery.role_arn, delivery.log, delivery.destination)
        self._errors.report(origin, self._stream.version, failure, settings.function_arn)


def _not_invoked(error: AccessError) -> Failure:
    code = _CODES.get(error.code, "Lambda.FunctionError")
    return Failure(code, f"{error.code}: {error.message}", retryable=True)


def _raised(payload: bytes) -> Failure:
    text = payload.decode("utf-8", "replace")
    code = "Lambda.FunctionTimedOut" if "Task timed out" in text else "Lambda.FunctionError"
    return Failure(code, text, retryable=True)
