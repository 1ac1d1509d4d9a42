"""An engine that does nothing: ``python -m benchmarks.stack.null_engine COUNTER``.

It answers each ``_bulk`` request at once, in as many words as OpenSearch does, which leaves out
what ``filter_path`` does not name; it counts the documents and keeps none. It prints its port and
ends when its standard input closes.
"""

from __future__ import annotations

import asyncio
import functools
import sys
from pathlib import Path

from benchmarks.counter import SharedCounter
from benchmarks.sink import content_length

_ROOT = b'{"name":"null","version":{"distribution":"opensearch","number":"0.0.0"}}'
_ITEM = (
    b'{"index":{"_index":"logging-2026-01-01","_id":"%b.0","_version":1,"result":"created",'
    b'"_shards":{"total":2,"successful":1,"failed":0},"_seq_no":1000000,"_primary_term":1,'
    b'"status":201}}' % (b"4" * 56)
)
_SHORT_ITEM = b'{"index":{"status":201}}'
_FILTER = b"filter_path=errors%2Citems.%2A.status%2Citems.%2A.error"


@functools.lru_cache(maxsize=64)
def bulk_answer(documents: int, *, filtered: bool) -> bytes:
    """Return the answer to a bulk request of so many documents."""
    if filtered:
        return b'{"errors":false,"items":[' + b",".join([_SHORT_ITEM] * documents) + b"]}"
    return b'{"took":1,"errors":false,"items":[' + b",".join([_ITEM] * documents) + b"]}"


class NullEngine:
    """Count documents."""

    def __init__(self, counter: SharedCounter) -> None:
        self._counter = counter

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until it closes."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(content_length(head))
                answer = _ROOT
                if b"/_bulk" in head[:200]:
                    documents = body.count(b"\n") // 2
                    answer = bulk_answer(documents, filtered=_FILTER in head)
                    self._counter.add(documents)
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                    b"content-length: %d\r\n\r\n" % len(answer)
                )
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the other side has gone
        finally:
            writer.close()


async def main() -> None:
    """Serve until standard input closes."""
    engine = NullEngine(SharedCounter(Path(sys.argv[1])))
    server = await asyncio.start_server(engine.serve, "127.0.0.1", 0, limit=1 << 22)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
