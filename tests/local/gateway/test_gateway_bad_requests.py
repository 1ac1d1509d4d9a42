"""Requests that are cut off, or are none: nobody acts on them, and everyone else is served."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from urllib.parse import urlsplit

import pytest

PATIENCE = 10.0
HEAD = (
    b"POST / HTTP/1.1\r\nhost: localhost\r\n"
    b"content-type: application/x-amz-json-1.1\r\n"
    b"x-amz-target: Firehose_20150804.PutRecord\r\n"
)
BODY = b'{"DeliveryStreamName": "s", "Record": {"Data": "e30="}}'


class Connection:
    """A connection to the gateway that says what a test wants said."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self) -> bytes:
        """Return all that comes until the gateway hangs up."""
        return await asyncio.wait_for(self._reader.read(), PATIENCE)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


async def connect(gateway: Any) -> Connection:
    address = urlsplit(gateway.url)
    return Connection(*await asyncio.open_connection(address.hostname, address.port))


async def identity(gateway: Any) -> str:
    told = await asyncio.wait_for(gateway.call("sts", "get_caller_identity"), PATIENCE)
    return str(told["Arn"])


@pytest.mark.parametrize(
    "start",
    [
        HEAD[:40],
        HEAD,
        HEAD + b"content-length: 1000\r\n\r\n" + BODY,
        HEAD + b"transfer-encoding: chunked\r\n\r\n40\r\n" + BODY,
        HEAD + b"transfer-encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(BODY), BODY),
    ],
    ids=["line", "head", "body", "chunk", "last-chunk"],
)
async def test_a_request_that_is_cut_off_reaches_no_service(
    gateway: Any, caplog: pytest.LogCaptureFixture, start: bytes
) -> None:
    before = gateway.echo.calls
    connection = await connect(gateway)
    await connection.send(start)
    assert await identity(gateway)
    await connection.close()
    assert await identity(gateway)
    assert gateway.echo.calls == before
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    "nonsense",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"hello\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"],
    ids=["TLS", "no-HTTP", "unknown-version"],
)
async def test_what_is_no_http_is_told_so_in_one_line(gateway: Any, nonsense: bytes) -> None:
    connection = await connect(gateway)
    await connection.send(nonsense)
    status, _, rest = (await connection.answer()).partition(b"\r\n")
    await connection.close()
    assert status.split()[1] in {b"400", b"505"}
    assert b"html" not in rest.lower()
    assert await identity(gateway)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a": ' * 5000])
@pytest.mark.parametrize("target", ["Logs_20140328.DescribeLogGroups", "TrentService.ListKeys"])
async def test_a_body_that_is_no_json_object_is_told_so(
    gateway: Any, target: str, body: bytes
) -> None:
    service = "logs" if target.startswith("Logs") else "kms"
    headers = {"x-amz-target": target, "content-type": "application/x-amz-json-1.1"}
    answer = await gateway.send(service, "POST", "/", body=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["__type"] == "SerializationException"
    assert "The request body is not" in answer.json()["message"]


async def test_a_function_is_not_made_from_half_a_document(gateway: Any) -> None:
    headers = {"content-type": "application/json"}
    path = "/2015-03-31/functions"
    answer = await gateway.send(
        "lambda", "POST", path, body=b'{"FunctionName": "f', headers=headers
    )
    assert answer.status_code == 400
    assert answer.headers["x-amzn-errortype"] == "SerializationException"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "MissingRequestBodyError"),
        (b"<", "MalformedXML"),
        (b"{}", "MalformedXML"),
        (b"<Tagging><TagSet>", "MalformedXML"),
    ],
)
async def test_a_setting_of_a_bucket_that_is_no_xml_is_told_so(
    gateway: Any, bucket: str, body: bytes, code: str
) -> None:
    answer = await gateway.send("s3", "PUT", f"/{bucket}?tagging=", body=body)
    assert answer.status_code == 400
    assert f"<Code>{code}</Code>" in answer.text


@pytest.mark.parametrize("body", [b"", b"<", b"{", b"\xff"])
async def test_an_object_may_hold_anything(gateway: Any, bucket: str, body: bytes) -> None:
    answer = await gateway.send("s3", "PUT", f"/{bucket}/key", body=body)
    assert answer.status_code == 200, answer.text


async def test_a_body_that_an_sdk_compressed_is_read(gateway: Any) -> None:
    names = [f"a-name-that-is-long-enough-to-be-compressed-{number}" for number in range(200)]
    data = [{"MetricName": name, "Value": 1.0} for name in names]
    await gateway.call("cloudwatch", "put_metric_data", Namespace="Many", MetricData=data)
    listed = await gateway.call("cloudwatch", "list_metrics", Namespace="Many")
    assert {metric["MetricName"] for metric in listed["Metrics"]} == set(names)


@pytest.mark.parametrize("body", [b"{}", b"\x1f\x8b\x08"])
async def test_a_body_that_only_claims_to_be_compressed_is_told_so(
    gateway: Any, body: bytes
) -> None:
    headers = {
        "x-amz-target": "TrentService.ListKeys",
        "content-type": "application/x-amz-json-1.1",
        "content-encoding": "gzip",
    }
    answer = await gateway.send("kms", "POST", "/", body=body, headers=headers)
    assert answer.status_code == 400
    assert "The request body is not valid gzip" in answer.json()["message"]
