"""Heads of requests, bounded before they are held: the parser itself takes any length of them."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 128 * 1024
"""Of one request's line and headers; S3 takes 8 KiB, OpenSearch 8 KiB and a line of 4 KiB."""

_HEADERS = 500


class BoundedHeads(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, to callers whose heads end: others get 400 and no more."""

    _pending = 0
    _complete = False

    def data_received(self, data: bytes) -> None:
        """Parse what came, and hang up on a head that is too long already."""
        self._pending += len(data)
        super().data_received(data)
        if self._complete or self.transport.is_closing():
            return
        if self._pending > HEAD_BYTES:
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """Begin to count anew."""
        self._complete = False
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one more header, as long as there are few.

        Raises:
            ValueError: there are too many, which the parser's caller answers.
        """
        if len(self.headers) >= _HEADERS:
            raise ValueError(f"more than {_HEADERS} headers")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Go on to the body, which is bounded where it is read."""
        self._complete = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait for the next head."""
        self._complete, self._pending = False, 0
        super().on_message_complete()
