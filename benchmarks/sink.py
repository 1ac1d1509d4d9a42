"""A sink on loopback that takes what every peer sends, counts the records and keeps none.

Run as ``python -m benchmarks.sink --counter FILE [--delay SECONDS]``. It prints its ports as one
JSON line and ends when its standard input closes.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.counter import SharedCounter

READ_SIZE = 1 << 18
RECORD_ID = "E" * 224  # as long as those of AWS


@functools.cache
def answer_of_put_record_batch(records: int) -> bytes:
    entries = [{"RecordId": f"{number:06d}{RECORD_ID}"[:224]} for number in range(records)]
    answer = {"FailedPutCount": 0, "Encrypted": False, "RequestResponses": entries}
    return json.dumps(answer, separators=(",", ":")).encode()


def take_put_record_batch(body: bytes) -> tuple[int, bytes]:
    # Base64 holds no quotation mark, so that the key can't be met inside a record.
    records = body.count(b'"Data"')
    return records, answer_of_put_record_batch(records)


def take_put_log_events(body: bytes) -> tuple[int, bytes]:
    # Inside a message every quotation mark is escaped.
    return body.count(b'"timestamp"'), b'{"nextSequenceToken":"1"}'


def take_otlp_logs(body: bytes) -> tuple[int, bytes]:
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

    request = ExportLogsServiceRequest.FromString(body)
    scopes = [scope for resource in request.resource_logs for scope in resource.scope_logs]
    return sum(len(scope.log_records) for scope in scopes), b""


def take_anything(body: bytes) -> tuple[int, bytes]:  # noqa: ARG001 - as the others
    return 0, b"{}"


Take = Callable[[bytes], tuple[int, bytes]]
TAKERS: dict[bytes, Take] = {
    b"firehose_20150804.putrecordbatch": take_put_record_batch,
    b"logs_20140328.putlogevents": take_put_log_events,
}


def choose_taker(head: bytes) -> Take:
    if head.startswith(b"POST /v1/logs"):
        return take_otlp_logs
    target = head.lower().partition(b"\r\nx-amz-target:")[2].partition(b"\r\n")[0].strip()
    return TAKERS.get(target, take_anything)


def content_length(head: bytes) -> int:
    value = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    return int(value or b"0")


class Sink:
    """Answer each request after ``delay`` seconds."""

    def __init__(self, counter: SharedCounter, delay: float) -> None:
        self._counter = counter
        self._delay = delay

    async def serve_http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(content_length(head))
            records, answer = choose_taker(head)(body)
            await asyncio.sleep(self._delay)
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (len(answer), answer)
            )
            await writer.drain()
            self._counter.add(records)

    async def serve_lines(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,  # noqa: ARG002 - asyncio's
    ) -> None:
        while data := await reader.read(READ_SIZE):
            await asyncio.sleep(self._delay)
            self._counter.add(data.count(b"\n"))


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def listen(serve: Serve) -> int:
    """Listen on a free port of loopback and return it."""

    async def serve_until_gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the other side has gone
        finally:
            writer.close()

    server = await asyncio.start_server(serve_until_gone, "127.0.0.1", 0, limit=1 << 24)
    _servers.append(server)
    port: int = server.sockets[0].getsockname()[1]
    return port


_servers: list[asyncio.AbstractServer] = []


async def main() -> None:
    """Serve until standard input closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--counter", type=Path, required=True)
    parser.add_argument("--delay", type=float, default=0.0)
    arguments = parser.parse_args()
    sink = Sink(SharedCounter(arguments.counter), arguments.delay)
    ports = {"http": await listen(sink.serve_http), "lines": await listen(sink.serve_lines)}
    print(json.dumps(ports), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
