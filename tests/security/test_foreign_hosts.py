"""A web page of a stranger's talks to the stack's ports under a name that it bound to them."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firehose_logging.local import process
from firehose_logging.local.domain.authority import Authority
from firehose_logging.local.domain.tls import TlsServer
from firehose_logging.local.hosts import KnownHosts, is_known

OURS = [
    "localhost",
    "LOCALHOST:4566",
    "localhost.:4566",
    "127.0.0.1:4566",
    "127.8.8.8",
    "192.168.1.7:4566",
    "[::1]:4566",
    "[::1]",
    "bucket.localhost:4566",
    "my.bucket.localhost",
    "bucket.s3.localhost:4566",
    "s3.amazonaws.com",
    "my.bucket.s3.eu-west-1.amazonaws.com",
    "bucket.s3-eu-west-1.amazonaws.com",
]
FOREIGN = [
    "",
    ".",
    "evil.example",
    "evil.example:4566",
    "localhost.evil.example",
    "evillocalhost",
    "127.0.0.1.nip.io",
    "127.0.0.1:80:80",
    "127.0.0.1:x",
    "127.0.0.1 evil.example",
    "localhost@evil.example",
    "evil.example/localhost",
    "evil.example#.localhost:x",
    "[::1",
    "[::1].evil.example",
    "[127.0.0.1]",
    "::1",
    "2130706433",
    "ec2-1-2-3-4.compute-1.amazonaws.com",
    "evil.elb.amazonaws.com",
    "s3.amazonaws.com.evil.example",
    "localhost,evil.example",
]


@pytest.mark.parametrize("host", OURS)
def test_names_that_can_only_mean_this_machine_are_answered(host: str) -> None:
    assert is_known(host)


@pytest.mark.parametrize("host", FOREIGN)
def test_a_page_under_a_foreign_name_is_refused(host: str) -> None:
    assert not is_known(host)


@given(
    st.from_regex(r"[a-z0-9-]{1,20}(\.[a-z0-9-]{1,20}){0,3}\.(com|example|io|dev)(:[0-9]{1,5})?")
)
def test_no_name_below_a_public_suffix_is_answered(host: str) -> None:
    name = host.strip().partition(":")[0]
    assert is_known(host) is False or name.endswith("amazonaws.com")


def test_a_name_that_the_user_lists_is_answered() -> None:
    listed = KnownHosts(never, " stack , Host.Docker.Internal,")._listed
    assert is_known("stack:4566", listed)
    assert is_known("HOST.docker.internal", listed)
    assert not is_known("other", listed)
    assert not is_known("", listed)


async def never(*_asked: Any) -> None:
    raise AssertionError("a refused request went on")


async def answer_of(port: int, *lines: str, tls: ssl.SSLContext | None = None) -> bytes:
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=tls, server_hostname="localhost" if tls else None
    )
    writer.write("\r\n".join(("POST /_local/faults HTTP/1.1", *lines, "", "")).encode())
    answer = await asyncio.wait_for(reader.read(65_536), 10)
    writer.close()
    return answer


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[process.StackInfo]:
    home = tmp_path_factory.mktemp("stack") / "home"
    yield process.start_detached(home, port=0, engine="osmem", progress=lambda _: None)
    process.stop(home)


@pytest.mark.parametrize(
    "lines",
    [
        ("Host: evil.example",),
        ("Host: localhost", "Host: evil.example"),
        ("Host: evil.example", "Host: localhost"),
        ("Host: evil.example", "X-Forwarded-Host: localhost"),
        ("X-Forwarded-Host: localhost", "Host:"),
    ],
    ids=" + ".join,
)
async def test_a_rebound_page_reaches_neither_the_apis_nor_the_controls(
    stack: process.StackInfo, lines: tuple[str, ...]
) -> None:
    answer = await answer_of(stack.port, *lines, "Content-Length: 0")
    assert answer.split(b" ", 2)[1] in {b"421", b"400"}
    assert b"faults" not in answer


async def test_a_bucket_may_stand_before_localhost(stack: process.StackInfo) -> None:
    answer = await answer_of(stack.port, "Host: bucket.localhost", "Content-Length: 0")
    assert answer.startswith(b"HTTP/1.1 200")


async def test_a_rebound_page_reaches_no_domain(tmp_path: Path) -> None:
    authority = Authority(tmp_path, 1_790_000_000.0)
    context = ssl.create_default_context(cafile=str(authority.bundle))
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    server = TlsServer(never, authority.server_identity)
    await server.start()
    try:
        answer = await answer_of(
            server.port, "Host: evil.example", "Content-Length: 0", tls=context
        )
    finally:
        await server.stop()
    assert answer.startswith(b"HTTP/1.1 421")
