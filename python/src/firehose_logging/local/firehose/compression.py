"""Compression of backup objects (statement D8)."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile

import cramjam

EXTENSIONS = {
    "UNCOMPRESSED": "",
    "GZIP": ".gz",
    "ZIP": ".zip",
    "Snappy": ".snappy",
    "HADOOP_SNAPPY": ".snappy",
}
# Hadoop's block codec: https://github.com/apache/hadoop, BlockCompressorStream's default.
_HADOOP_BLOCK_BYTES = 256 * 1024


def compress(data: bytes, form: str, name: str) -> bytes:
    """Return ``data`` in the form of a ``CompressionFormat``.

    Args:
        data: the object's content.
        form: one of ``EXTENSIONS``.
        name: the name of the only file in a ZIP archive.
    """
    if form == "GZIP":
        return gzip.compress(data, compresslevel=6, mtime=0)
    if form == "ZIP":
        return _zip(data, name)
    if form == "Snappy":
        return bytes(cramjam.snappy.compress(data))
    if form == "HADOOP_SNAPPY":
        return _hadoop_snappy(data)
    return data


def _zip(data: bytes, name: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def _hadoop_snappy(data: bytes) -> bytes:
    blocks = []
    for start in range(0, len(data), _HADOOP_BLOCK_BYTES):
        plain = data[start : start + _HADOOP_BLOCK_BYTES]
        packed = bytes(cramjam.snappy.compress_raw(plain))
        blocks.append(struct.pack(">II", len(plain), len(packed)) + packed)
    return b"".join(blocks)
