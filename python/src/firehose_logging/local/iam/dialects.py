"""How each family of AWS APIs words a refusal: code, HTTP status, text.

Sources: the "Common Errors" page of each API reference, S3's "Error responses", EC2's "Error
codes for the Amazon EC2 API", and what services answer where these pages give no text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from firehose_logging.local.api import ApiError
from firehose_logging.local.iam.canonical import OPAQUE_PATH_SERVICES


class Refusal(Enum):
    """Why a caller is turned away."""

    MISSING = auto()
    INCOMPLETE = auto()
    UNKNOWN_KEY = auto()
    BAD_TOKEN = auto()
    EXPIRED_TOKEN = auto()
    MISMATCH = auto()
    SCOPE = auto()
    SKEW = auto()
    EXPIRED_REQUEST = auto()
    BAD_QUERY = auto()
    NO_BODY_HASH = auto()
    BODY_HASH = auto()
    BAD_CHUNKS = auto()
    UNSIGNED_HEADERS = auto()
    MECHANISM = auto()
    NOT_ALLOWED = auto()


@dataclass(frozen=True)
class Wording:
    """One refusal in one dialect; an empty text stands for the detail alone."""

    code: str
    status: int
    text: str = ""


Dialect = Mapping[Refusal, Wording]

_INVALID_TOKEN = "The security token included in the request is invalid."  # noqa: S105 - a text
_EXPIRED_TOKEN = "The security token included in the request is expired"  # noqa: S105 - a text
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. "
    "Consult the service documentation for details."
)
_S3_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method."
)
_S3_MALFORMED = "The authorization header is malformed; "
_EC2_INVALID = "AWS was not able to validate the provided access credentials"


def _json(status: int) -> Dialect:
    signature = "InvalidSignatureException"
    incomplete = Wording("IncompleteSignatureException", status)
    detail_only = Wording(signature, status)
    return {
        Refusal.MISSING: Wording(
            "MissingAuthenticationTokenException", status, "Missing Authentication Token"
        ),
        Refusal.INCOMPLETE: incomplete,
        Refusal.BAD_QUERY: incomplete,
        Refusal.MECHANISM: incomplete,
        Refusal.UNKNOWN_KEY: Wording("UnrecognizedClientException", status, _INVALID_TOKEN),
        Refusal.BAD_TOKEN: Wording("UnrecognizedClientException", status, _INVALID_TOKEN),
        Refusal.EXPIRED_TOKEN: Wording("ExpiredTokenException", status, _EXPIRED_TOKEN),
        Refusal.MISMATCH: Wording(signature, status, _MISMATCH),
        Refusal.BODY_HASH: Wording(signature, status, _MISMATCH),
        Refusal.SCOPE: detail_only,
        Refusal.SKEW: detail_only,
        Refusal.EXPIRED_REQUEST: detail_only,
        Refusal.NO_BODY_HASH: detail_only,
        Refusal.BAD_CHUNKS: detail_only,
        Refusal.UNSIGNED_HEADERS: detail_only,
        Refusal.NOT_ALLOWED: Wording("AccessDeniedException", status),
    }


def _query() -> Dialect:
    detail_only = Wording("SignatureDoesNotMatch", 403)
    incomplete = Wording("IncompleteSignature", 403)
    return {
        Refusal.MISSING: Wording(
            "MissingAuthenticationToken", 403, "Request is missing Authentication Token"
        ),
        Refusal.INCOMPLETE: incomplete,
        Refusal.BAD_QUERY: incomplete,
        Refusal.MECHANISM: incomplete,
        Refusal.UNKNOWN_KEY: Wording("InvalidClientTokenId", 403, _INVALID_TOKEN),
        Refusal.BAD_TOKEN: Wording("InvalidClientTokenId", 403, _INVALID_TOKEN),
        Refusal.EXPIRED_TOKEN: Wording("ExpiredToken", 403, _EXPIRED_TOKEN),
        Refusal.MISMATCH: Wording("SignatureDoesNotMatch", 403, _MISMATCH),
        Refusal.BODY_HASH: Wording("SignatureDoesNotMatch", 403, _MISMATCH),
        Refusal.SCOPE: detail_only,
        Refusal.SKEW: detail_only,
        Refusal.EXPIRED_REQUEST: detail_only,
        Refusal.NO_BODY_HASH: detail_only,
        Refusal.BAD_CHUNKS: detail_only,
        Refusal.UNSIGNED_HEADERS: detail_only,
        Refusal.NOT_ALLOWED: Wording("AccessDenied", 403),
    }


def _ec2() -> Dialect:
    invalid = Wording("AuthFailure", 401, _EC2_INVALID)
    expired = Wording("RequestExpired", 400, "Request has expired.")
    return {
        **_query(),
        Refusal.MISSING: Wording(
            "MissingParameter", 400, "The request must contain the parameter AWSAccessKeyId"
        ),
        Refusal.UNKNOWN_KEY: invalid,
        Refusal.BAD_TOKEN: invalid,
        Refusal.MISMATCH: invalid,
        Refusal.BODY_HASH: invalid,
        Refusal.EXPIRED_TOKEN: expired,
        Refusal.EXPIRED_REQUEST: expired,
        Refusal.SKEW: expired,
        Refusal.NOT_ALLOWED: Wording(
            "UnauthorizedOperation", 403, "You are not authorized to perform this operation. "
        ),
    }


def _s3() -> Dialect:
    malformed = Wording("AuthorizationHeaderMalformed", 400, _S3_MALFORMED)
    return {
        Refusal.MISSING: Wording("AccessDenied", 403, "Access Denied"),
        Refusal.INCOMPLETE: malformed,
        Refusal.SCOPE: malformed,
        Refusal.BAD_QUERY: Wording("AuthorizationQueryParametersError", 400),
        Refusal.MECHANISM: Wording(
            "InvalidRequest",
            400,
            "The authorization mechanism you have provided is not supported. "
            "Please use AWS4-HMAC-SHA256.",
        ),
        Refusal.UNKNOWN_KEY: Wording(
            "InvalidAccessKeyId",
            403,
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
        Refusal.BAD_TOKEN: Wording(
            "InvalidToken", 400, "The provided token is malformed or otherwise invalid."
        ),
        Refusal.EXPIRED_TOKEN: Wording("ExpiredToken", 400, "The provided token has expired."),
        Refusal.MISMATCH: Wording("SignatureDoesNotMatch", 403, _S3_MISMATCH),
        Refusal.SKEW: Wording(
            "RequestTimeTooSkewed",
            403,
            "The difference between the request time and the current time is too large.",
        ),
        Refusal.EXPIRED_REQUEST: Wording("AccessDenied", 403, "Request has expired"),
        Refusal.NO_BODY_HASH: Wording(
            "InvalidRequest", 400, "Missing required header for this request: x-amz-content-sha256"
        ),
        Refusal.BODY_HASH: Wording(
            "XAmzContentSHA256Mismatch",
            400,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ),
        Refusal.BAD_CHUNKS: Wording("IncompleteBody", 400),
        Refusal.UNSIGNED_HEADERS: Wording(
            "AccessDenied", 403, "There were headers present in the request which were not signed"
        ),
        Refusal.NOT_ALLOWED: Wording("AccessDenied", 403),
    }


JSON = _json(400)
REST_JSON = _json(403)
QUERY = _query()
EC2 = _ec2()
S3 = _s3()
SNS: Dialect = {**QUERY, Refusal.NOT_ALLOWED: Wording("AuthorizationError", 403)}

_BY_SERVICE: Mapping[str, Dialect] = {
    **dict.fromkeys(OPAQUE_PATH_SERVICES, S3),
    **dict.fromkeys(
        ("cloudformation", "elasticloadbalancing", "iam", "monitoring", "rds", "sts"), QUERY
    ),
    **dict.fromkeys(
        ("dynamodb", "events", "firehose", "kinesis", "kms", "logs", "secretsmanager", "sqs"), JSON
    ),
    "ec2": EC2,
    "sns": SNS,
    "ssm": JSON,
}


def dialect_of(service: str, headers: Mapping[str, str]) -> Dialect:
    """Return the dialect of a request, from its headers first, its signing name next.

    ``headers`` has its names in lower case. Services that are in no list speak REST with JSON.
    """
    content_type = headers.get("content-type", "")
    if "x-amz-target" in headers or content_type.startswith("application/x-amz-json"):
        return JSON
    if "smithy-protocol" in headers:
        return JSON
    if not service and content_type.startswith("application/x-www-form-urlencoded"):
        return QUERY
    return _BY_SERVICE.get(service, REST_JSON)


def refuse(dialect: Dialect, why: Refusal, detail: str = "") -> ApiError:
    """Return the error that a dialect has for a refusal.

    ``detail`` follows the dialect's own text where that text is open-ended, and stands alone
    where there is none.
    """
    wording = dialect[why]
    open_ended = not wording.text or wording.text.endswith(" ")
    message = wording.text + detail if open_ended else wording.text
    return ApiError(wording.code, message, wording.status)
