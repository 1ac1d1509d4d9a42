"""A caller, known or not, sends more than memory holds, or little that becomes much."""

import asyncio
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from firehose_logging.local import process
from firehose_logging.local.api import ApiError
from firehose_logging.local.bodies import Bodies, BodiesTooManyError, BodyTooLargeError
from firehose_logging.local.gateway.body_limits import (
    UNKNOWN_CALLER_BYTES,
    USUAL_BYTES,
    decompressed,
    limit_of,
)
from firehose_logging.local.gateway.functions.code import CodeError, CodeStore
from firehose_logging.local.gateway.request import CredentialScope, Request

MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[process.StackInfo]:
    home = tmp_path_factory.mktemp("stack") / "home"
    yield process.start_detached(home, port=0, engine="osmem", progress=lambda _: None)
    process.stop(home)


def peak_mebibytes(pid: int) -> int:
    """Return the most memory that a process has had."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line) // 1024


async def send_without_end(port: int, head: str, mebibytes: int) -> bytes:
    """Send a request's head and a part of its body; return what is answered by then."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode())
    answer = b""
    try:
        for _ in range(mebibytes):
            chunk = b"x" * MEBIBYTE
            writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if "chunked" in head else chunk)
            await writer.drain()
        answer = await asyncio.wait_for(reader.read(65_536), 10)
    except (ConnectionError, asyncio.TimeoutError):
        answer = answer or b"closed"
    finally:
        writer.close()
    return answer


@pytest.mark.parametrize("length", ["Content-Length: 524288000", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize(
    "claim",
    [
        "X: y",
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIAUNKNOWN/20261128/eu-west-1/s3/aws4_request",
    ],
    ids=["nobody", "unknown key"],
)
async def test_somebody_without_a_key_sends_hundreds_of_megabytes(
    stack: process.StackInfo, length: str, claim: str
) -> None:
    before = peak_mebibytes(stack.pid)
    head = f"POST /whatever HTTP/1.1\r\nHost: localhost\r\n{claim}\r\n{length}\r\n\r\n"
    answer = await send_without_end(stack.port, head, 200)
    assert b"EntityTooLarge" in answer or answer == b"closed"
    assert peak_mebibytes(stack.pid) - before < 60


def test_somebody_with_any_key_sends_a_bomb_of_gzip(stack: process.StackInfo) -> None:
    environment = stack.environment
    credentials = Credentials(
        environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
    )
    squeezer = zlib.compressobj(9, wbits=31)
    parts = [squeezer.compress(b'{"Namespace":"n","MetricData":[')]
    parts += [squeezer.compress(b" " * MEBIBYTE) for _ in range(400)]
    parts += [squeezer.compress(b"]}"), squeezer.flush()]
    request = AWSRequest(
        "POST",
        environment["AWS_ENDPOINT_URL"],
        data=b"".join(parts),
        headers={
            "x-amz-target": "GraniteServiceVersion20100801.PutMetricData",
            "content-type": "application/x-amz-json-1.0",
            "content-encoding": "gzip",
        },
    )
    SigV4Auth(credentials, "monitoring", "eu-west-1").add_auth(request)
    before = peak_mebibytes(stack.pid)
    answer = send(request)
    assert answer[0] == 413
    assert b"RequestEntityTooLarge" in answer[1]
    assert peak_mebibytes(stack.pid) - before < 100


def send(request: Any) -> tuple[int, bytes]:
    import httpx

    answer = httpx.post(
        request.url,
        content=request.data,
        headers=dict(request.headers),
        trust_env=False,
        timeout=60,
    )
    return answer.status_code, answer.content


def test_what_an_sdk_compresses_is_still_taken(stack: process.StackInfo) -> None:
    environment = stack.environment
    client = boto3.client(
        "cloudwatch",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name="eu-west-1",
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    many = [{"MetricName": f"metric-{number:05}", "Value": number} for number in range(1000)]
    client.put_metric_data(Namespace="compressed", MetricData=many)  # type: ignore[arg-type]
    found = client.list_metrics(Namespace="compressed", MetricName="metric-00999")["Metrics"]
    assert len(found) == 1


def request(body: bytes, service: str = "monitoring", encoding: str = "gzip") -> Request:
    return Request(
        "POST",
        "/",
        headers={"content-encoding": encoding, "content-length": str(len(body))},
        raw_headers=(("content-encoding", encoding), ("content-length", str(len(body)))),
        body=body,
        scope=CredentialScope("AKIA", "20261128", "eu-west-1", service),
        body_sha256="0" * 64,
    )


@given(st.lists(st.binary(max_size=2000), min_size=1, max_size=4))
def test_members_of_gzip_are_put_together_and_nothing_of_them_remains(parts: list[bytes]) -> None:
    plain = decompressed(request(b"".join(map(gzip.compress, parts)), encoding=" GZIP "))
    assert plain.body == b"".join(parts)
    assert plain.body_sha256 is None
    assert "content-encoding" not in plain.headers
    assert plain.raw_headers == ()


@given(st.binary(min_size=1, max_size=400), st.integers(1, 30))
def test_gzip_that_is_cut_off_is_refused(content: bytes, missing: int) -> None:
    whole = gzip.compress(content)
    with pytest.raises(ApiError, match="not valid gzip"):
        decompressed(request(whole[: max(1, len(whole) - missing)]))


def test_what_s3_gets_stays_as_it_is() -> None:
    sent = request(b"no gzip at all", service="s3")
    assert decompressed(sent) is sent


def test_many_members_may_not_hold_more_together_than_one() -> None:
    member = gzip.compress(bytes(MEBIBYTE))
    with pytest.raises(ApiError) as refusal:
        decompressed(request(member * (USUAL_BYTES // MEBIBYTE + 1)))
    assert refusal.value.status == 413


def scope_of(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http", "headers": list(headers)}


async def read_all(bodies: Bodies, chunks: list[bytes], limit: int) -> int:
    left = list(chunks)

    async def receive() -> dict[str, Any]:
        chunk = left.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    async with bodies.read(scope_of(), receive, limit) as body:
        return len(body)


async def test_bodies_may_not_hold_more_together_than_there_is_room_for() -> None:
    bodies = Bodies(held_bytes=10)
    inside, leave = asyncio.Event(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"12345678", "more_body": False}

    async def hold() -> None:
        async with bodies.read(scope_of(), receive, 8):
            inside.set()
            await leave.wait()

    holding = asyncio.create_task(hold())
    await inside.wait()
    assert await read_all(bodies, [b"1", b"2"], 8) == 2
    with pytest.raises(BodiesTooManyError):
        await read_all(bodies, [b"1", b"2", b"3"], 8)
    leave.set()
    await holding
    assert await read_all(bodies, [b"12345", b"678"], 8) == 8
    with pytest.raises(BodyTooLargeError):
        await read_all(bodies, [b"12345", b"6789"], 8)
    assert bodies._left == 10


def test_a_caller_without_a_key_gets_little_room_whatever_service_it_names() -> None:
    for service in ("s3", "lambda", "firehose", "es"):
        assert limit_of(service, caller_is_known=False) == UNKNOWN_CALLER_BYTES
        assert limit_of(service, caller_is_known=True) >= USUAL_BYTES


def test_an_archive_that_unpacks_to_more_than_lambda_takes_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.py", json.dumps({}))
        with archive.open("zeros", "w") as file:
            for _ in range(251):
                file.write(bytes(MEBIBYTE))
    with pytest.raises(CodeError, match="262144000 bytes unpacked"):
        CodeStore(tmp_path).unpacked(packed.getvalue())
    assert not list(tmp_path.rglob("zeros"))
