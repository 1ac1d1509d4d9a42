"""Bodies in chunks (``Content-Encoding: aws-chunked``), each chunk signed or none of them.

Specification: Amazon S3 API Reference, "Signature calculations for the Authorization header:
Transferring payload in multiple chunks" (``sigv4-streaming``, ``sigv4-streaming-trailers``).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from firehose_logging.local.iam.canonical import EMPTY_SHA256, sign

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
STREAMING = frozenset({SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER})

_LINE_END = b"\r\n"
_MAX_HEADER_LINE = 8192
_BLANK = " \t"


class ChunkError(Exception):
    """Say where a body in chunks breaks its own format."""


class ChunkSignatureError(Exception):
    """Say that a chunk or the trailer carries another signature than it should."""


@dataclass(frozen=True)
class Chunk:
    """A chunk as it came: its data and the signature in its header, empty when unsigned."""

    data: bytes
    signature: str


@dataclass(frozen=True)
class ChunkedBody:
    """A body taken apart.

    Attributes:
        chunks: all of them, the empty last one included.
        trailers: as ``name:value`` lines, the signature left out.
        trailer_signature: empty when there is none.
    """

    chunks: tuple[Chunk, ...]
    trailers: tuple[str, ...]
    trailer_signature: str

    @property
    def data(self) -> bytes:
        """The content proper."""
        return b"".join(chunk.data for chunk in self.chunks)


@dataclass(frozen=True)
class Seed:
    """What the signature chain of the chunks starts from."""

    key: bytes
    timestamp: str
    scope: str
    signature: str


def take_apart(body: bytes) -> ChunkedBody:
    """Split a body into chunks and trailers; raise ``ChunkError`` where it is malformed."""
    chunks: list[Chunk] = []
    position = 0
    while not chunks or chunks[-1].data:
        header, position = _line(body, position)
        size_text, _, extension = header.partition(";")
        end = position + _size(size_text)
        if end > len(body):
            raise ChunkError(f"chunk {len(chunks)} ends before its {size_text} (hex) bytes")
        chunks.append(Chunk(body[position:end], extension.partition("chunk-signature=")[2]))
        position = end
        if chunks[-1].data:
            position = _skip_line_end(body, position, len(chunks) - 1)
    trailers = _trailers(body[position:])
    signed = [line for line in trailers if line.startswith("x-amz-trailer-signature:")]
    return ChunkedBody(
        chunks=tuple(chunks),
        trailers=tuple(line for line in trailers if line not in signed),
        trailer_signature=signed[0].partition(":")[2] if signed else "",
    )


def check_signatures(body: ChunkedBody, seed: Seed, *, with_trailer: bool) -> None:
    """Raise ``ChunkSignatureError`` unless every chunk, and the trailer, is signed in its place."""
    previous = seed.signature
    for number, chunk in enumerate(body.chunks):
        digest = hashlib.sha256(chunk.data).hexdigest()
        lines = ["AWS4-HMAC-SHA256-PAYLOAD", seed.timestamp, seed.scope, previous]
        previous = sign(seed.key, "\n".join([*lines, EMPTY_SHA256, digest]))
        if not _same(previous, chunk.signature):
            raise ChunkSignatureError(f"chunk {number}")
    if with_trailer:
        text = "".join(f"{line}\n" for line in body.trailers)
        digest = hashlib.sha256(text.encode("latin-1")).hexdigest()
        lines = ["AWS4-HMAC-SHA256-TRAILER", seed.timestamp, seed.scope, previous, digest]
        if not _same(sign(seed.key, "\n".join(lines)), body.trailer_signature):
            raise ChunkSignatureError("the trailer")


def _same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode(), theirs.encode("latin-1"))


def _line(body: bytes, position: int) -> tuple[str, int]:
    end = body.find(_LINE_END, position, position + _MAX_HEADER_LINE)
    if end < 0:
        raise ChunkError(f"no chunk header at byte {position}")
    return body[position:end].decode("latin-1"), end + len(_LINE_END)


def _size(text: str) -> int:
    if not text or not all(digit in "0123456789abcdefABCDEF" for digit in text):
        raise ChunkError(f"{text!r} is no chunk size in hexadecimal")
    return int(text, 16)


def _skip_line_end(body: bytes, position: int, number: int) -> int:
    if body[position : position + 2] != _LINE_END:
        raise ChunkError(f"chunk {number} is longer than its header says")
    return position + 2


def _trailers(tail: bytes) -> list[str]:
    lines = tail.decode("latin-1").replace("\r\n", "\n").split("\n")
    kept = [line for line in lines if line]
    for line in kept:
        if ":" not in line:
            raise ChunkError(f"trailer {line[:40]!r} has no colon")
    parts = (line.partition(":") for line in kept)
    return [f"{name.lower()}:{value.strip(_BLANK)}" for name, _, value in parts]
