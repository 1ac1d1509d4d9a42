"""The way to the domain: its endpoint, and a bulk request to it as the stream's role."""

from __future__ import annotations

from firehose_logging.local.firehose.bulk import BulkOutcome, read_answer
from firehose_logging.local.firehose.ports import AccessError, RoleAccess
from firehose_logging.local.firehose.records import Failure
from firehose_logging.local.firehose.streams import Stream

ENDPOINT_SECONDS = 60.0
"""How long a looked-up endpoint counts."""


class DomainAccess:
    """Send bulk requests for one stream."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._found: tuple[str, str, float] | None = None

    async def bulk(self, body: bytes, count: int) -> BulkOutcome:
        """Send ``body`` with ``count`` documents and say what became of them; never raises."""
        settings = self._stream.settings
        try:
            answer = self._stream.services.faults.answer_bulk(self._stream.name, count)
            if answer is not None:
                return read_answer(answer.status, answer.body, count)
            role = await self._stream.services.aws.as_role(settings.role_arn, self._stream.arn)
            endpoint = await self._endpoint(role)
            answer = await role.bulk(endpoint, body)
        except AccessError as failure:
            self._found = None
            return BulkOutcome(whole=_refusal(failure))
        if answer.status != 200:
            self._found = None
        return read_answer(answer.status, answer.body, count)

    async def _endpoint(self, role: RoleAccess) -> str:
        settings = self._stream.settings
        if settings.cluster_endpoint is not None:
            return settings.cluster_endpoint.removeprefix("https://").rstrip("/")
        arn = settings.domain_arn or ""
        now = self._stream.services.clock.now()
        if self._found is not None and self._found[0] == arn and now < self._found[2]:
            return self._found[1]
        domain = await role.describe_domain(arn)
        if domain.endpoint is None:
            raise AccessError("OS.ConnectionError", f"The domain {arn} has no endpoint yet.")
        self._found = (arn, domain.endpoint, now + ENDPOINT_SECONDS)
        return domain.endpoint


def _refusal(failure: AccessError) -> Failure:
    if failure.code.startswith("OS."):
        return Failure(failure.code, failure.message, retryable=True)
    denied = "AccessDenied" in failure.code
    code = "OS.AccessDenied" if denied else "OS.ServiceException"
    return Failure(code, f"{failure.code}: {failure.message}", True, unauthorized=denied)
