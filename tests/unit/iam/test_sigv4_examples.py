"""The worked examples of AWS's own pages, with the signatures printed there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firehose_logging.local.api import ApiError
from firehose_logging.local.iam.chunked import take_apart
from firehose_logging.local.iam.sigv4 import Secret, SignedRequest, verify

from .signing import USER

SECRET = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", USER)
MAY_2013 = 1_369_353_600.0  # 20130524T000000Z
SCOPE = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def authorization(scope: str, headers: str, signature: str) -> tuple[str, str]:
    value = f"AWS4-HMAC-SHA256 Credential={scope},SignedHeaders={headers},Signature={signature}"
    return ("Authorization", value)


def check(request: SignedRequest) -> None:
    verify(request, lambda _: SECRET, MAY_2013)


def test_s3_get_object_with_range() -> None:
    """S3 API Reference, sigv4-header-based-auth, "Example: GET Object"."""
    names = "host;range;x-amz-content-sha256;x-amz-date"
    signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    headers = [
        ("Host", "examplebucket.s3.amazonaws.com"),
        ("Range", "bytes=0-9"),
        ("x-amz-content-sha256", EMPTY),
        ("x-amz-date", "20130524T000000Z"),
        authorization(SCOPE, names, signature),
    ]
    check(SignedRequest("GET", "/test.txt", "", headers))


def test_s3_presigned_get_object() -> None:
    """S3 API Reference, sigv4-query-string-auth."""
    query = (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256"
        f"&X-Amz-Credential={SCOPE.replace('/', '%2F')}"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )
    headers = [("Host", "examplebucket.s3.amazonaws.com")]
    check(SignedRequest("GET", "/test.txt", query, headers))


def test_iam_list_users() -> None:
    """AWS General Reference, "Examples of how to derive a signing key" and its request."""
    headers = [
        ("Host", "iam.amazonaws.com"),
        ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
        ("X-Amz-Date", "20150830T123600Z"),
        authorization(
            "AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request",
            "content-type;host;x-amz-date",
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        ),
    ]
    secret = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", USER)
    query = "Action=ListUsers&Version=2010-05-08"
    verify(SignedRequest("GET", "/", query, headers), lambda _: secret, 1_440_938_160.0)


CHUNK_SIGNATURES = (
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)
TRAILED_CHUNK_SIGNATURES = (
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
)
TRAILER = (
    b"x-amz-checksum-crc32c:sOO8/Q==\r\n"
    b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n"
)


def in_chunks(signatures: tuple[str, str, str], trailer: bytes = b"") -> bytes:
    parts = zip((65_536, 1_024, 0), signatures, strict=True)
    body = b""
    for size, signature in parts:
        body += f"{size:x};chunk-signature={signature}\r\n".encode() + b"a" * size
        body += b"\r\n" if size else b""
    return body + trailer + b"\r\n"


def chunked_put(body: bytes) -> SignedRequest:
    """S3 API Reference, sigv4-streaming, "Example: PUT Object"."""
    names = (
        "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
        "x-amz-decoded-content-length;x-amz-storage-class"
    )
    headers = [
        ("Host", "s3.amazonaws.com"),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("Content-Encoding", "aws-chunked"),
        ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        ("x-amz-decoded-content-length", "66560"),
        ("Content-Length", "66824"),
        authorization(
            SCOPE, names, "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
        ),
    ]
    return SignedRequest("PUT", "/examplebucket/chunkObject.txt", "", headers, body)


def trailed_put(body: bytes) -> SignedRequest:
    """S3 API Reference, sigv4-streaming-trailers, "Example: PUT Object"."""
    names = (
        "content-encoding;host;x-amz-content-sha256;x-amz-date;"
        "x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer"
    )
    headers = [
        ("Host", "s3.amazonaws.com"),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("Content-Encoding", "aws-chunked"),
        ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
        ("x-amz-decoded-content-length", "66560"),
        ("x-amz-trailer", "x-amz-checksum-crc32c"),
        ("Content-Length", "66824"),
        authorization(
            SCOPE, names, "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
        ),
    ]
    return SignedRequest("PUT", "/examplebucket/chunkObject.txt", "", headers, body)


def test_s3_put_object_in_signed_chunks() -> None:
    body = in_chunks(CHUNK_SIGNATURES)
    check(chunked_put(body))
    assert take_apart(body).data == b"a" * 66_560


def test_s3_put_object_in_signed_chunks_with_a_trailer() -> None:
    check(trailed_put(in_chunks(TRAILED_CHUNK_SIGNATURES, TRAILER)))


@given(at=st.integers(0, 66_823), xor=st.integers(1, 255))
def test_any_changed_byte_of_a_chunked_body_is_noticed(at: int, xor: int) -> None:
    body = bytearray(in_chunks(CHUNK_SIGNATURES))
    at %= len(body) - 2  # the line end after the last chunk carries nothing
    body[at] ^= xor
    with pytest.raises(ApiError):
        check(chunked_put(bytes(body)))


@given(at=st.integers(0, 400))
def test_any_changed_byte_of_a_trailer_is_noticed(at: int) -> None:
    trailer = bytearray(TRAILER)
    at %= len(trailer) - 2
    trailer[at] ^= 1
    with pytest.raises(ApiError):
        check(trailed_put(in_chunks(TRAILED_CHUNK_SIGNATURES, bytes(trailer))))


def test_a_trailer_left_out_is_noticed() -> None:
    with pytest.raises(ApiError, match="SignatureDoesNotMatch"):
        check(trailed_put(in_chunks(TRAILED_CHUNK_SIGNATURES)))


@given(cut=st.integers(0, 66_820))
def test_a_chunked_body_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(ApiError):
        check(chunked_put(in_chunks(CHUNK_SIGNATURES)[:cut]))


def test_chunks_are_looked_at_even_when_a_hash_is_at_hand() -> None:
    body = in_chunks(CHUNK_SIGNATURES)
    check(replace(chunked_put(body), body_sha256="0" * 64))
    with pytest.raises(ApiError):
        check(replace(chunked_put(b"never signed" * 10_000), body_sha256="0" * 64))
