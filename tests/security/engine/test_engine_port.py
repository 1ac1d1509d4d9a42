"""A program on the same machine, or a web page, speaks to the engine's own ports."""

import asyncio
import socket
import ssl
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from firehose_logging.local.engines.nodefiles import ADMINISTRATOR_ROLE, SECRET_HEADER
from firehose_logging.local.engines.opensearch import OpenSearchEngine

FORGED: list[Mapping[str, str]] = [
    {},
    {
        "x-forwarded-for": "127.0.0.1",
        "x-proxy-user": "me",
        "x-proxy-roles": ADMINISTRATOR_ROLE,
    },
    {"authorization": "Basic YWRtaW46YWRtaW4="},
    {"_opendistro_security_user": "admin"},
    {"opensearch_security_impersonate_as": "admin"},
]
SECRETS = ["", "null", "x" * 43]


@pytest.fixture
def client(engine: OpenSearchEngine) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=engine.url, trust_env=False, timeout=10) as client:
        yield client


def ports_of(pid: int) -> set[int]:
    """Return the TCP ports that a process listens on."""
    links = [link.readlink() for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]
    inodes = {str(link)[8:-1] for link in links if str(link).startswith("socket:")}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                found.add(int(fields[1].rpartition(":")[2], 16))
    return found


@pytest.mark.parametrize("secret", [None, *SECRETS])
@pytest.mark.parametrize("forged", FORGED, ids=lambda forged: ",".join(forged) or "nothing")
def test_a_program_that_does_not_know_the_secret_is_refused_whoever_it_says_it_is(
    client: httpx.Client, forged: Mapping[str, str], secret: str | None
) -> None:
    headers = dict(forged) if secret is None else {**forged, SECRET_HEADER: secret}
    for method, path in (
        ("GET", "/_plugins/_security/authinfo"),
        ("DELETE", "/nothing-here?ignore_unavailable=true"),
        ("OPTIONS", "/"),
        ("GET", "/no/such/route"),
    ):
        assert client.request(method, path, headers=headers).status_code == 403


def test_a_program_that_sends_the_secret_twice_or_as_part_of_more_is_refused(
    engine: OpenSearchEngine, client: httpx.Client
) -> None:
    headers = dict(engine.headers_as_administrator())
    secret = headers[SECRET_HEADER]
    assert client.get("/", headers=headers).status_code == 200
    twice = [*headers.items(), (SECRET_HEADER, "other")]
    assert client.get("/", headers=twice).status_code == 403
    for near in (secret[:-1], secret + "x", f"{secret},{secret}", secret.swapcase()):
        assert client.get("/", headers={**headers, SECRET_HEADER: near}).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", ""])
def test_a_web_page_whose_name_was_bound_to_this_machine_is_refused(
    engine: OpenSearchEngine, client: httpx.Client, host: str
) -> None:
    headers = {**engine.headers_as_administrator(), "host": host}
    assert client.get("/", headers=headers).status_code == 403


def test_a_refused_program_sends_nothing_further_on_its_connection(
    engine: OpenSearchEngine,
) -> None:
    secret = engine.headers_as_administrator()[SECRET_HEADER]
    first = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"
    second = f"GET / HTTP/1.1\r\nhost: localhost\r\n{SECRET_HEADER}: {secret}\r\n\r\n".encode()
    address = ("127.0.0.1", int(engine.url.rpartition(":")[2]))
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(first + second)
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b" 403 " in answer


async def test_a_program_that_speaks_http2_is_refused_as_well(engine: OpenSearchEngine) -> None:
    settings = struct.pack(">I", 0)[1:] + b"\x04\x00" + struct.pack(">I", 0)
    # :method GET, :scheme http, :path /, :authority localhost (RFC 7541, appendix A).
    block = b"\x82\x86\x84\x41\x09localhost"
    head = struct.pack(">I", len(block))[1:] + b"\x01\x05" + struct.pack(">I", 1) + block
    reader, writer = await asyncio.open_connection("127.0.0.1", int(engine.url.rpartition(":")[2]))
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + head)
    answer = b""
    while b"local stack alone" not in answer:
        chunk = await asyncio.wait_for(reader.read(65_536), 10)
        assert chunk, answer
        answer += chunk
    writer.close()


def test_a_program_without_the_nodes_own_certificate_gets_nowhere_on_the_port_for_nodes(
    engine: OpenSearchEngine,
) -> None:
    assert engine.pid is not None
    others = ports_of(engine.pid) - {int(engine.url.rpartition(":")[2])}
    assert others, "the port for other nodes was not found"
    for port in others:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
            plain.sendall(b"ES\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00")
            assert plain.recv(1) in {b"", b"\x15"}  # a TLS alert, or the end
        assert not answers_over_tls(port)


def answers_over_tls(port: int) -> bool:
    """Return whether a port says a byte to a caller that shows no certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as raw,
            context.wrap_socket(raw) as shaken,
        ):
            shaken.sendall(b"ES\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00")
            return shaken.recv(1) != b""
    except (ssl.SSLError, ConnectionError):
        return False


def test_a_bomb_of_gzip_is_refused_before_it_fills_the_engine(
    engine: OpenSearchEngine, client: httpx.Client
) -> None:
    headers = dict(engine.headers_as_administrator())
    squeezer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(squeezer.compress(b" " * 2**20) for _ in range(700)) + squeezer.flush()
    answer = client.post(
        "/_bulk",
        content=bomb,
        headers={
            **headers,
            "content-type": "application/x-ndjson",
            "content-encoding": "gzip",
        },
    )
    assert answer.status_code == 413
    assert client.get("/_search?size=0", headers=headers).status_code == 200


def test_the_secret_is_another_one_at_each_start(tmp_path: Path) -> None:
    one, other = (OpenSearchEngine(tmp_path, print) for _ in range(2))
    first, second = (dict(node.headers_as_nobody())[SECRET_HEADER] for node in (one, other))
    assert first != second
    assert min(len(first), len(second)) >= 43
