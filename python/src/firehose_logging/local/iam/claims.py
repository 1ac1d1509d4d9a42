"""What a request says of its own signature, in its Authorization header or in its query."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache

from firehose_logging.local.iam.canonical import ALGORITHM, TERMINATOR, as_sent
from firehose_logging.local.iam.dialects import Refusal

_SCOPE = re.compile(rf"/\d{{8}}/[\w-]+/([\w-]+)/{TERMINATOR}")
_TIMESTAMP = "%Y%m%dT%H%M%SZ"
# S3 API Reference, sigv4-query-string-auth: "maximum value is 604800 (seven days)".
MAX_PRESIGNED_SECONDS = 604_800
_OF_THE_SIGNATURE = frozenset(
    {
        *("x-amz-algorithm", "x-amz-content-sha256", "x-amz-credential", "x-amz-date"),
        *("x-amz-expires", "x-amz-security-token", "x-amz-signature", "x-amz-signedheaders"),
    }
)


class ClaimError(Exception):
    """A claim that can't be read: why, and the detail that follows the dialect's own text."""

    def __init__(self, why: Refusal, detail: str = "") -> None:
        super().__init__(f"{why.name}: {detail}")
        self.why = why
        self.detail = detail


@dataclass(frozen=True)
class Claim:
    """A signature and what it claims to cover.

    Attributes:
        date: the scope's day, ``YYYYMMDD``.
        signed: header names in lower case, in the order given.
        timestamp: ``YYYYMMDDTHHMMSSZ``.
        signed_at: the same as UTC seconds since the epoch.
        expires: seconds that a presigned request is good for; ``None`` for a signed header.
        token: the session token sent along, if any.
    """

    access_key_id: str
    date: str
    region: str
    service: str
    signed: tuple[str, ...]
    signature: str
    timestamp: str
    signed_at: float
    expires: int | None
    token: str | None

    @property
    def scope(self) -> str:
        """The credential scope without the key id."""
        return f"{self.date}/{self.region}/{self.service}/{TERMINATOR}"

    @property
    def is_presigned(self) -> bool:
        """Whether the signature came in the query."""
        return self.expires is not None


def claim_of(headers: Mapping[str, Sequence[str]], query: Sequence[tuple[str, str]]) -> Claim:
    """Read a request's claim; raise ``ClaimError`` where it has none, or a broken one.

    ``headers`` maps names in lower case to their values; ``query`` is decoded.
    """
    authorization = headers.get("authorization")
    parameters = dict(query)
    names = [name.lower() for name, _ in query if name.lower() in _OF_THE_SIGNATURE]
    if len(names) > len(set(names)):
        raise ClaimError(Refusal.BAD_QUERY, "A parameter of the signature was sent twice.")
    in_query = "X-Amz-Algorithm" in parameters or "X-Amz-Signature" in parameters
    if authorization and in_query:
        raise ClaimError(
            Refusal.BAD_QUERY,
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter "
            "or the Authorization header should be specified",
        )
    if in_query:
        return _from_query(parameters)
    if not authorization:
        raise ClaimError(Refusal.MISSING)
    if len(authorization) > 1:
        raise ClaimError(Refusal.INCOMPLETE, "the Authorization header was sent more than once")
    return _from_header(authorization[0], headers)


def claimed_service(headers: Mapping[str, Sequence[str]], query: Sequence[tuple[str, str]]) -> str:
    """Return the signing name in a claim that may be broken otherwise, empty when there is none."""
    texts = [*headers.get("authorization", ()), dict(query).get("X-Amz-Credential", "")]
    found = next(filter(None, map(_SCOPE.search, texts)), None)
    return found[1] if found else ""


def credential_in(authorization: str) -> str:
    """Return the credential that an Authorization header names, empty where there is none."""
    _, _, rest = authorization.partition(" ")
    return dict(_assignment(part) for part in rest.split(",")).get("Credential", "")


def _from_header(authorization: str, headers: Mapping[str, Sequence[str]]) -> Claim:
    mechanism, _, rest = authorization.partition(" ")
    if mechanism != ALGORITHM:
        raise ClaimError(
            Refusal.MECHANISM, f"Unsupported AWS 'algorithm': '{mechanism}'. Use {ALGORITHM}."
        )
    assigned = [_assignment(part) for part in rest.split(",")]
    parts = dict(assigned)
    if len(parts) < len(assigned):
        raise ClaimError(Refusal.INCOMPLETE, "the Authorization header names a part of it twice.")
    problems = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not parts.get(name)
    ]
    when = _first(headers, "x-amz-date") or _first(headers, "date")
    if not when:
        problems.append(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    if problems:
        digest = b64encode(hashlib.sha256(as_sent(authorization)).digest()).decode()
        problems.append(f"(Hashed with SHA-256 and encoded with Base64) Authorization={digest}")
        raise ClaimError(Refusal.INCOMPLETE, " ".join(problems))
    if any(name.endswith("Credential") and name != "Credential" for name in parts):
        raise ClaimError(Refusal.INCOMPLETE, "the Authorization header names two credentials.")
    return _claim(parts, when, None, _first(headers, "x-amz-security-token"), Refusal.INCOMPLETE)


def _assignment(part: str) -> tuple[str, str]:
    name, _, value = part.strip().partition("=")
    return name, value


def _from_query(parameters: Mapping[str, str]) -> Claim:
    if parameters.get("X-Amz-Algorithm") != ALGORITHM:
        raise ClaimError(Refusal.BAD_QUERY, f'X-Amz-Algorithm only supports "{ALGORITHM}"')
    names = ("X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature")
    missing = [name for name in (*names, "X-Amz-Expires") if not parameters.get(name)]
    if missing:
        raise ClaimError(
            Refusal.BAD_QUERY,
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
            "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters. "
            f"Missing: {', '.join(missing)}.",
        )
    parts = {name.removeprefix("X-Amz-"): parameters[name] for name in names}
    return _claim(
        parts,
        parameters["X-Amz-Date"],
        _expires(parameters["X-Amz-Expires"]),
        parameters.get("X-Amz-Security-Token"),
        Refusal.BAD_QUERY,
    )


def _expires(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ClaimError(Refusal.BAD_QUERY, "X-Amz-Expires should be a number")
    if len(text) > 6 or int(text) > MAX_PRESIGNED_SECONDS:
        raise ClaimError(
            Refusal.BAD_QUERY,
            "X-Amz-Expires must be less than a week (in seconds) that is "
            f"{MAX_PRESIGNED_SECONDS} seconds",
        )
    return int(text)


def _claim(
    parts: Mapping[str, str], when: str, expires: int | None, token: str | None, broken: Refusal
) -> Claim:
    credential = parts["Credential"].rsplit("/", 4)
    if len(credential) != 5 or not all(credential):
        raise ClaimError(
            broken,
            "the Credential is mal-formed; expecting "
            f'"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/{TERMINATOR}".',
        )
    key_id, date, region, service, terminator = credential
    if terminator != TERMINATOR:
        raise ClaimError(
            Refusal.SCOPE,
            "Credential should be scoped with a valid terminator: "
            f"'{TERMINATOR}', not '{terminator}'. ",
        )
    moment = _moment(when, broken)
    timestamp = moment.strftime(_TIMESTAMP)
    if timestamp[:8] != date:
        raise ClaimError(
            Refusal.SCOPE,
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            f"HTTP: '{date}' != '{timestamp[:8]}', from '{when}'.",
        )
    return Claim(
        access_key_id=key_id,
        date=date,
        region=region,
        service=service,
        signed=tuple(parts["SignedHeaders"].split(";")),
        signature=parts["Signature"],
        timestamp=timestamp,
        signed_at=moment.timestamp(),
        expires=expires,
        token=token or None,
    )


@lru_cache(maxsize=256)
def _moment(text: str, broken: Refusal) -> datetime:
    try:
        return datetime.strptime(text, _TIMESTAMP).replace(tzinfo=timezone.utc)
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        raise ClaimError(
            broken,
            f"Date must be in ISO-8601 'basic format'. Got '{text}'. "
            "See http://en.wikipedia.org/wiki/ISO_8601",
        ) from None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone.utc)
    return moment.astimezone(timezone.utc)


def timestamp_of(seconds: float) -> str:
    """Return UTC seconds since the epoch as ``YYYYMMDDTHHMMSSZ``."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime(_TIMESTAMP)


def _first(headers: Mapping[str, Sequence[str]], name: str) -> str:
    values = headers.get(name)
    return values[0].strip() if values else ""
