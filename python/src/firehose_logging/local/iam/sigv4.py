"""Verify requests signed by Signature Version 4, in the Authorization header or in the query."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from firehose_logging.local.api import Principal
from firehose_logging.local.iam import canonical, chunked
from firehose_logging.local.iam.claims import (
    Claim,
    ClaimError,
    claim_of,
    claimed_service,
    timestamp_of,
)
from firehose_logging.local.iam.dialects import S3, Dialect, Refusal, dialect_of, refuse

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
# S3's "RequestTimeTooSkewed" counts from 15 minutes; elsewhere "Signature expired … - 5 min."
_SKEW_SECONDS = 300
_S3_SKEW_SECONDS = 900


@dataclass(frozen=True)
class Secret:
    """What belongs to an access key id.

    Attributes:
        session_token: what temporary credentials must send along; ``None`` for long-term keys.
        expires_at: UTC seconds since the epoch; ``None`` for long-term keys.
        principal: who signs with it.
    """

    secret_key: str = field(repr=False)
    principal: Principal
    session_token: str | None = field(default=None, repr=False)
    expires_at: float | None = None


@dataclass(frozen=True)
class SignedRequest:
    """A request as it came over the wire.

    Attributes:
        path: raw, still percent-encoded, without the query.
        query: raw, without the question mark.
        headers: name and value of each header line, decoded as Latin-1.
        body: as received; chunks of ``aws-chunked`` not taken apart.
        body_sha256: of ``body`` in hexadecimal, where somebody has computed it already.
    """

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes = b""
    body_sha256: str | None = None


@dataclass(frozen=True)
class Verified:
    """A signature that holds: whose it is and what it is scoped to."""

    principal: Principal
    access_key_id: str
    region: str
    service: str
    signed_at: float
    is_presigned: bool


@dataclass(frozen=True)
class _Case:
    request: SignedRequest
    headers: dict[str, list[str]]
    query: list[tuple[str, str]]
    claim: Claim
    dialect: Dialect

    @property
    def is_s3(self) -> bool:
        return self.claim.service in canonical.OPAQUE_PATH_SERVICES


def verify(
    request: SignedRequest,
    secret_of: Callable[[str], Secret | None],
    now: float,
    *,
    service: str | None = None,
    region: str | None = None,
) -> Verified:
    """Return who signed a request; raise ``ApiError`` in the service's own words otherwise.

    Args:
        request: as it came over the wire.
        secret_of: what belongs to an access key id, ``None`` for an unknown one.
        now: UTC seconds since the epoch.
        service: the signing name that the scope must have, where the endpoint has but one.
        region: the Region that the scope must have, likewise.

    Raises:
        ApiError: unsigned, incomplete, unknown key, wrong or missing or expired session token,
            scope of another service, Region or day, too old or not yet valid, headers that had to
            be signed and were not, a body that is not the one signed, a wrong signature.
    """
    headers: dict[str, list[str]] = {}
    for name, value in request.headers:
        headers.setdefault(name.lower(), []).append(value)
    flat = {name: values[0] for name, values in headers.items()}
    query = canonical.split_query(request.query)
    try:
        claim = claim_of(headers, query)
    except ClaimError as broken:
        asked = service or claimed_service(headers, query)
        raise refuse(dialect_of(asked, flat), broken.why, broken.detail) from None
    case = _Case(request, headers, query, claim, dialect_of(service or claim.service, flat))
    _check_scope(case, service, region)
    secret = _check_credentials(case, secret_of, now)
    _check_time(case, now)
    _check_signed_headers(case)
    _check_signature(case, secret)
    return Verified(
        principal=secret.principal,
        access_key_id=claim.access_key_id,
        region=claim.region,
        service=claim.service,
        signed_at=claim.signed_at,
        is_presigned=claim.is_presigned,
    )


def _check_scope(case: _Case, service: str | None, region: str | None) -> None:
    claim = case.claim
    in_s3 = case.dialect is S3
    if service is not None and claim.service != service:
        detail = (
            f'incorrect service "{claim.service}". This endpoint belongs to "{service}".'
            if in_s3
            else f"Credential should be scoped to correct service: '{service}'. "
        )
        raise refuse(case.dialect, Refusal.SCOPE, detail)
    if region is not None and claim.region != region:
        detail = (
            f"the region '{claim.region}' is wrong; expecting '{region}'"
            if in_s3
            else f"Credential should be scoped to a valid region, not '{claim.region}'. "
        )
        raise refuse(case.dialect, Refusal.SCOPE, detail)


def _check_credentials(
    case: _Case, secret_of: Callable[[str], Secret | None], now: float
) -> Secret:
    secret = secret_of(case.claim.access_key_id)
    if secret is None:
        raise refuse(case.dialect, Refusal.UNKNOWN_KEY)
    if secret.session_token is not None and case.claim.token is None:
        # Without its token a temporary key is as good as unknown.
        raise refuse(case.dialect, Refusal.UNKNOWN_KEY)
    if not _same(secret.session_token or "", case.claim.token or ""):
        raise refuse(case.dialect, Refusal.BAD_TOKEN)
    if secret.expires_at is not None and now >= secret.expires_at:
        raise refuse(case.dialect, Refusal.EXPIRED_TOKEN)
    return secret


def _check_time(case: _Case, now: float) -> None:
    claim = case.claim
    skew = _S3_SKEW_SECONDS if case.is_s3 else _SKEW_SECONDS
    if claim.signed_at > now + skew:
        raise refuse(
            case.dialect,
            Refusal.SKEW,
            f"Signature not yet current: {claim.timestamp} is still later than "
            f"{timestamp_of(now + skew)} ({timestamp_of(now)} + {skew // 60} min.)",
        )
    if claim.expires is not None:
        if now > claim.signed_at + claim.expires:
            raise refuse(
                case.dialect,
                Refusal.EXPIRED_REQUEST,
                f"Signature expired: {timestamp_of(claim.signed_at + claim.expires)} "
                f"is now earlier than {timestamp_of(now)}",
            )
    elif claim.signed_at < now - skew:
        raise refuse(
            case.dialect,
            Refusal.SKEW,
            f"Signature expired: {claim.timestamp} is now earlier than "
            f"{timestamp_of(now - skew)} ({timestamp_of(now)} - {skew // 60} min.)",
        )


def _check_signed_headers(case: _Case) -> None:
    signed = case.claim.signed
    if "host" not in signed:
        raise refuse(
            case.dialect,
            Refusal.SCOPE if case.is_s3 else Refusal.UNSIGNED_HEADERS,
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        )
    if case.is_s3 and any(
        name.startswith("x-amz-") and name not in signed for name in case.headers
    ):
        raise refuse(case.dialect, Refusal.UNSIGNED_HEADERS)


def _check_signature(case: _Case, secret: Secret) -> None:
    claim, request = case.claim, case.request
    body_hash = _signed_body_hash(case)
    text = canonical.request_of(
        method=request.method.upper(),
        path=canonical.path_of(request.path, claim.service),
        query=canonical.query_of(pair for pair in case.query if pair[0] != "X-Amz-Signature"),
        headers=canonical.headers_of(case.headers, claim.signed),
        signed=claim.signed,
        body_hash=body_hash,
    )
    key = canonical.signing_key(secret.secret_key, claim.date, claim.region, claim.service)
    to_sign = canonical.string_to_sign(claim.timestamp, claim.scope, text)
    if not _same(canonical.sign(key, to_sign), claim.signature):
        raise refuse(case.dialect, Refusal.MISMATCH)
    if body_hash in chunked.STREAMING:
        seed = chunked.Seed(key, claim.timestamp, claim.scope, claim.signature)
        _check_chunks(case, body_hash, seed)


def _signed_body_hash(case: _Case) -> str:
    """Return what the canonical request must end in, having compared it with the body."""
    sent = case.headers.get("x-amz-content-sha256", [""])[0].strip()
    if case.is_s3:
        if case.claim.is_presigned and not sent:
            sent = dict(case.query).get("X-Amz-Content-Sha256", UNSIGNED_PAYLOAD)
        if not sent:
            raise refuse(case.dialect, Refusal.NO_BODY_HASH)
        if sent == UNSIGNED_PAYLOAD or sent in chunked.STREAMING:
            return sent
    actual = case.request.body_sha256 or hashlib.sha256(case.request.body).hexdigest()
    if sent and not _same(sent, actual):
        raise refuse(case.dialect, Refusal.BODY_HASH)
    return actual


def _check_chunks(case: _Case, mode: str, seed: chunked.Seed) -> None:
    try:
        body = chunked.take_apart(case.request.body)
        if mode != chunked.UNSIGNED_TRAILER:
            chunked.check_signatures(body, seed, with_trailer=mode == chunked.SIGNED_TRAILER)
    except chunked.ChunkError as broken:
        raise refuse(case.dialect, Refusal.BAD_CHUNKS, str(broken)) from None
    except chunked.ChunkSignatureError:
        raise refuse(case.dialect, Refusal.MISMATCH) from None
    length = case.headers.get("x-amz-decoded-content-length", [""])[0].strip()
    if length and length != str(len(body.data)):
        raise refuse(
            case.dialect,
            Refusal.BAD_CHUNKS,
            f"x-amz-decoded-content-length says {length}, the chunks hold {len(body.data)} bytes",
        )


def _same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode(), theirs.encode("utf-8", "surrogateescape"))
