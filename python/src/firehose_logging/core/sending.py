"""Hand a batch to Amazon Data Firehose and say what became of it."""

from __future__ import annotations

import codecs
import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from firehose_logging.core.prepared import prepare_requests
from firehose_logging.core.startup import start_guard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONNECT_TIMEOUT: Final = 5.0
READ_TIMEOUT: Final = 20.0

DELIVERED: Final = "delivered"
PARTIAL: Final = "partial"
BUSY: Final = "busy"
REFUSED: Final = "refused"
REJECTED: Final = "rejected"
UNCONFIGURED: Final = "unconfigured"


class Answer(NamedTuple):
    """What became of a batch.

    Attributes:
        kind: ``DELIVERED``; ``PARTIAL``: the records at ``failed`` were refused for now;
            ``BUSY``: try the whole again soon; ``REFUSED``: somebody has to mend what
            ``problem`` says, try again slowly; ``REJECTED``: the batch has a shape that Firehose
            does not take; ``UNCONFIGURED``: no request can be made at all, see ``problem``.
        failed: Indexes into the batch.
        problem: One line for a person: what is wrong, and what to do.
    """

    kind: str
    failed: Sequence[int] = ()
    problem: str = ""


_SHAPE_CODES: Final = frozenset(
    {"ValidationException", "InvalidArgumentException", "SerializationException"}
)
_BUSY_CODES: Final = frozenset(
    {
        "ServiceUnavailableException",
        "ServiceUnavailable",
        "InternalFailure",
        "InternalServerError",
        "LimitExceededException",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "SlowDown",
        "RequestTimeout",
        "RequestTimeoutException",
    }
)
_DENIED_CODES: Final = frozenset({"AccessDenied", "AccessDeniedException", "NotAuthorized"})
_CREDENTIAL_CODES: Final = frozenset(
    {
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "ExpiredToken",
        "ExpiredTokenException",
    }
)
_SET_CREDENTIALS: Final = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the process a role"
)


def read_answer(response: Mapping[str, Any], sent: int) -> Answer:
    """Classify an answer of PutRecordBatch to ``sent`` records (A13)."""
    if "FailedPutCount" not in response:
        # botocore reads a body that is cut, or a proxy's page, as an empty answer.
        return Answer(BUSY, problem="an answer of 200 that is not Firehose's")
    if not response["FailedPutCount"]:
        return Answer(DELIVERED)
    entries = response.get("RequestResponses") or ()
    if len(entries) != sent:
        return Answer(BUSY, problem="Firehose's answer does not match the request")
    failed = [index for index, entry in enumerate(entries) if entry.get("ErrorCode")]
    if not failed:
        return Answer(DELIVERED)
    first = entries[failed[0]]
    return Answer(PARTIAL, failed, f"{first['ErrorCode']}: {first.get('ErrorMessage', '')}")


def read_error(error: Exception, stream: str) -> Answer:
    """Classify what botocore raised for a request to ``stream``."""
    from botocore import exceptions

    if isinstance(error, exceptions.ClientError):
        return _read_client_error(error.response, stream)
    if isinstance(error, exceptions.ParamValidationError):
        return Answer(REJECTED, problem=str(error))
    if isinstance(error, exceptions.CredentialRetrievalError | exceptions.TokenRetrievalError):
        return Answer(REFUSED, problem=f"AWS credentials can't be had ({error})")
    missing = _missing_setting(error)
    if missing:
        return Answer(UNCONFIGURED, problem=missing)
    return Answer(BUSY, problem=f"{type(error).__name__}: {error}")


def _missing_setting(error: Exception) -> str:
    from botocore import exceptions

    if isinstance(error, exceptions.NoRegionError):
        return "no AWS Region: set AWS_REGION, AWS_DEFAULT_REGION or the handler's region_name"
    if isinstance(error, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
        return f"no AWS credentials ({error}): {_SET_CREDENTIALS}"
    unusable = (exceptions.ProfileNotFound, exceptions.ConfigParseError, ValueError, ImportError)
    if isinstance(error, unusable):
        return f"no Firehose client can be made ({error}): mend AWS's settings"
    return ""


def _read_client_error(response: Mapping[str, Any], stream: str) -> Answer:
    code = str(response.get("Error", {}).get("Code", ""))
    message = str(response.get("Error", {}).get("Message", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _BUSY_CODES or status >= 500 or status == 429:
        return Answer(BUSY, problem=f"{code}: {message}")
    if code == "ResourceNotFoundException":
        return Answer(
            REFUSED,
            problem=f"delivery stream {stream!r} is not there ({message}): create it, or set"
            " stream_name or FIREHOSE_LOGGING_STREAM to one that is",
        )
    if code in _DENIED_CODES:
        return Answer(
            REFUSED,
            problem=f"access to delivery stream {stream!r} is denied ({message}): allow"
            " firehose:PutRecordBatch on it to these credentials",
        )
    if code in _CREDENTIAL_CODES:
        return Answer(
            REFUSED, problem=f"AWS refuses the credentials ({code}: {message}): {_SET_CREDENTIALS}"
        )
    # A stream with another source takes no direct puts, whatever their shape.
    if (code in _SHAPE_CODES or status == 413) and "AsSource" not in message:
        return Answer(REJECTED, problem=f"{code}: {message}")
    return Answer(
        REFUSED, problem=f"delivery stream {stream!r} takes no records ({code}: {message})"
    )


class FirehoseSender:
    """Send batches with a botocore client that is made when the first batch comes."""

    def __init__(self, session: Any, region_name: str | None, endpoint_url: str | None) -> None:
        self._session = session
        self._region_name = region_name
        self._endpoint_url = endpoint_url
        self._client: Any = None
        self.is_ready = False
        """Whether a client could be made, once at least."""

    def send(self, stream: str, records: Sequence[bytes]) -> Answer:
        """Call PutRecordBatch once; never raises."""
        try:
            if self._client is None:
                self._client = self._start()
            response = self._client.put_record_batch(
                DeliveryStreamName=stream, Records=[{"Data": data} for data in records]
            )
            return read_answer(response, len(records))
        except Exception as error:  # noqa: BLE001 - every failure is an answer
            answer = read_error(error, stream)
            if answer.kind in (UNCONFIGURED, REFUSED):
                self._client = None
            return answer

    def _start(self) -> Any:
        with start_guard:
            codecs.lookup("idna")  # the one module that the first request would import
            client = self._make_client()
            prepare_requests(client)
        self.is_ready = True
        return client

    def _make_client(self) -> Any:
        from botocore.config import Config

        options: dict[str, Any] = {
            "region_name": self._region_name,
            "endpoint_url": self._endpoint_url,
            "config": Config(
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=READ_TIMEOUT,
                retries={"total_max_attempts": 1, "mode": "standard"},
                tcp_keepalive=True,
                user_agent_extra="firehose-logging",
                parameter_validation=False,
            ),
        }
        if self._session is None:
            # A session of one's own: boto3's default one is not safe to share among threads.
            from botocore.session import get_session

            session = get_session()
            options["region_name"] = self._region_name or _region_of_environment()
            client = session.create_client("firehose", **options)
            _forget_files(session)
            return client
        make = getattr(self._session, "client", None) or self._session.create_client
        return make("firehose", **options)


def _forget_files(session: Any) -> None:
    """Let go of what botocore has read, every service's endpoints among it: megabytes."""
    remembered = getattr(session.get_component("data_loader"), "_cache", None)
    if isinstance(remembered, dict):
        remembered.clear()


def _region_of_environment() -> str | None:
    # botocore reads only the first; every other SDK, and Lambda, the second.
    return os.environ.get("AWS_DEFAULT_REGION") or os.environ.get("AWS_REGION") or None
