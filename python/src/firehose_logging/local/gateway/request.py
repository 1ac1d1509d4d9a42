"""One HTTP request to an AWS API, and what its signature says about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from firehose_logging.local.iam.canonical import split_query
from firehose_logging.local.iam.claims import credential_in
from firehose_logging.local.iam.parameters import media_type_of

FORM = "application/x-www-form-urlencoded"
"""The media type of a form."""

_DEFAULT_REGION = "us-east-1"
_UNSIGNED_SERVICE = "s3"
_TARGET_SERVICES = {"Firehose_20150804": "firehose"}


@dataclass(frozen=True)
class CredentialScope:
    """What a SigV4 signature names before it is verified.

    Attributes:
        access_key_id: for example ``AKIAIOSFODNN7EXAMPLE``.
        date: ``yyyymmdd``.
        region: for example ``eu-west-1``.
        service: the signing name, for example ``es`` for OpenSearch.
    """

    access_key_id: str
    date: str
    region: str
    service: str


@dataclass(frozen=True)
class Request:
    """A request as it came over the wire.

    Attributes:
        method: in capitals.
        path: still percent-encoded.
        query: without the question mark, still percent-encoded.
        headers: names in lower case; repeated ones joined by commas.
        raw_headers: names as received, in lower case, repeated ones apart.
        body: complete, without transfer encoding.
        client: the caller's IP address.
        scope: what the signature names, or ``None`` for an unsigned request.
        body_sha256: of the body in hexadecimal, where it has been computed already.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw_headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    client: str = "127.0.0.1"
    scope: CredentialScope | None = None
    body_sha256: str | None = None

    @property
    def service(self) -> str:
        """The signing name; for an unsigned request what its target says, else ``s3``."""
        if self.scope is not None:
            return self.scope.service
        target, _, _ = self.headers.get("x-amz-target", "").partition(".")
        return _TARGET_SERVICES.get(target, _UNSIGNED_SERVICE)

    @property
    def region(self) -> str:
        """The signature's Region, ``us-east-1`` for an unsigned request."""
        return self.scope.region if self.scope is not None else _DEFAULT_REGION

    @property
    def access_key_id(self) -> str | None:
        """The key that signed, ``None`` for an unsigned request."""
        return None if self.scope is None else self.scope.access_key_id

    @property
    def query_parameters(self) -> dict[str, str]:
        """The decoded query; of repeated names the last."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def media_type(self) -> str:
        """What the body says it is, in lower case and without parameters."""
        return media_type_of(self.headers)

    @property
    def form(self) -> dict[str, str]:
        """The decoded form in the body, empty where the body is not a form."""
        if self.media_type != FORM:
            return {}
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


def credential_scope(headers: Mapping[str, str], query: str) -> CredentialScope | None:
    """Read the credential scope of a SigV4 signature, in a header or in a presigned query.

    Args:
        headers: names in lower case.
        query: percent-encoded.

    Returns:
        The scope, or ``None`` where there is none of five parts.
    """
    credential = credential_in(headers.get("authorization", ""))
    if not credential and "X-Amz-Credential" in query:
        credential = dict(split_query(query)).get("X-Amz-Credential", "")
    parts = credential.rsplit("/", 4)
    if len(parts) != 5 or not all(parts):
        return None
    access_key_id, date, region, service, _ = parts
    return CredentialScope(access_key_id, date, region, service.lower())
