"""A stranger whose requests never come to a body, or to an end."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.local.conftest import gateway  # noqa: F401 - a fixture

_START = b"GET /b HTTP/1.1\r\nhost: localhost\r\n"


async def _answer(url: str, sent: bytes) -> bytes:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(sent)
        return await asyncio.wait_for(reader.readline(), 10)
    except ConnectionError:
        return b"hung up"
    finally:
        writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        _START + b"x-a: " + b"a" * 2_000_000,
        _START + b"x-a: a\r\n" * 200_000,
        b"GET /" + b"a" * 2_000_000,
    ],
    ids=["one-long", "many-short", "line"],
)
async def test_who_sends_a_head_without_end_is_refused_at_once(
    gateway: Any,  # noqa: F811
    sent: bytes,
) -> None:
    began = time.monotonic()
    answer = await _answer(gateway.url, sent)
    assert answer == b"hung up" or answer.split()[1] == b"400"
    assert time.monotonic() - began < 5


async def test_who_sends_large_bodies_and_heads_within_bounds_one_after_the_other_is_served(
    gateway: Any,  # noqa: F811
) -> None:
    address = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = b"PUT /b/k HTTP/1.1\r\nhost: localhost\r\nx-a: " + b"a" * 60_000 + b"\r\n"
    for _ in range(4):
        body = b"x" * 400_000
        writer.write(head + b"content-length: %d\r\n\r\n" % len(body) + body)
        status = await asyncio.wait_for(reader.readline(), 10)
        assert status.split()[1] == b"403"
        lines = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
        length = next(line for line in lines if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
    writer.close()
