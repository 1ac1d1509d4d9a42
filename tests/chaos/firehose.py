"""A Firehose that fails on purpose, in a process of its own.

``python -m tests.chaos.firehose SETTINGS`` takes its settings as JSON, prints its port as one JSON
line and then obeys one command a line: ``outage``, ``recover``, ``verdict``, ``arrived``. It
answers each with a JSON line, and ends when its standard input closes.
"""

from __future__ import annotations

import base64
import contextlib
import json
import random
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.chaos.faults import ANSWER_LOST, NOT_TAKEN, Fault, FaultMix
from tests.chaos.ledger import Ledger

READ_SIZE = 1 << 18
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER of no seconds makes close send RST
CUT_HANDSHAKE = b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"  # the head of a ServerHello
THROTTLING_CODES = ("ThrottlingException", "LimitExceededException", "RequestLimitExceeded")
REFUSED_ENTRY = {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}
ERROR_CODES = ("ServiceUnavailableException", "InternalFailure")


class Settings(NamedTuple):
    """How it behaves.

    Attributes:
        records: Records are numbered from 0 up to this.
        mix: What goes wrong, as ``FaultMix`` holds it.
        seed: Of everything random.
        slow_seconds: How long a slow answer takes.
        too_slow_seconds: How long one takes that the client does not wait for.
        certificate: PEM file; with it, TLS is spoken.
        key: PEM file of its key.
    """

    records: int
    mix: dict[str, float]
    seed: int = 1
    slow_seconds: float = 0.2
    too_slow_seconds: float = 21.0
    certificate: str = ""
    key: str = ""


class Connection:
    """One connection, read request by request."""

    def __init__(self, raw: socket.socket) -> None:
        self.socket = raw
        self._received = bytearray()

    def read_request(self) -> dict[str, Any] | None:
        """Return the next request's document, None when the client has gone."""
        head = self._read_until(b"\r\n\r\n")
        if head is None:
            return None
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(self._received) < length:
            if not self._receive():
                return None
        body = bytes(self._received[:length])
        del self._received[:length]
        document: dict[str, Any] = json.loads(body)
        return document

    def answer(self, status: int, body: bytes, share: float = 1.0) -> None:
        """Send an answer, or the first part of it."""
        head = (
            f"HTTP/1.1 {status} Status\r\nContent-Type: application/x-amz-json-1.1\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()
        whole = head + body
        self.socket.sendall(whole[: max(1, int(len(whole) * share))])

    def reset(self) -> None:
        """End the connection without ceremony."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        # Closing the descriptor alone: neither TLS nor TCP says goodbye.
        socket.close(self.socket.detach())

    def _read_until(self, end: bytes) -> bytes | None:
        while (at := self._received.find(end)) < 0:
            if not self._receive():
                return None
        head = bytes(self._received[:at])
        del self._received[: at + len(end)]
        return head

    def _receive(self) -> bool:
        data = self.socket.recv(READ_SIZE)
        self._received += data
        return bool(data)


class FailingFirehose:
    """Takes PutRecordBatch, and keeps a ledger of what it took."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._mix = FaultMix(**settings.mix)  # type: ignore[arg-type]  # one count among shares
        # The order of faults does not depend on how many records a request holds.
        self._fates = random.Random(settings.seed)
        self._random = random.Random(settings.seed)
        self._ledger = Ledger(settings.records)
        self._lock = threading.RLock()
        self._is_up = threading.Event()
        self._is_up.set()
        self._too_slow_left = self._mix.too_slow
        self._connections: set[Connection] = set()
        self._tls: ssl.SSLContext | None = None
        if settings.certificate:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(settings.certificate, settings.key)
        # Bound and never listening: it keeps the port through an outage.
        self._keeper = socket.socket()
        self._keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._keeper.bind(("127.0.0.1", 0))
        self.port: int = self._keeper.getsockname()[1]
        self._listener = self._listen()

    def _listen(self) -> socket.socket:
        return socket.create_server(("127.0.0.1", self.port), reuse_port=True)

    def serve(self) -> None:
        """Accept connections for ever."""
        while self._is_up.wait():
            try:
                raw, _ = self._listener.accept()
            except OSError:  # the outage has come
                time.sleep(0.01)
                continue
            threading.Thread(target=self._serve_connection, args=(raw,), daemon=True).start()

    def outage(self) -> dict[str, Any]:
        """Cut every connection and refuse new ones, until it recovers."""
        self._is_up.clear()
        for listening in (self._listener, *(one.socket for one in list(self._connections))):
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        return {}

    def recover(self) -> dict[str, Any]:
        """End the outage."""
        self._listener = self._listen()
        self._is_up.set()
        return {}

    def verdict(self) -> dict[str, Any]:
        """Return the ledger's verdict so far."""
        with self._lock:
            return self._ledger.verdict()._asdict()

    def arrived(self) -> dict[str, Any]:
        """Return the numbers of the records that arrived."""
        with self._lock:
            return {"arrived": self._ledger.arrived()}

    def _serve_connection(self, raw: socket.socket) -> None:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(raw)
        try:
            if self._is_cut_off(connection):
                return
            if self._tls is not None:
                connection.socket = self._tls.wrap_socket(raw, server_side=True)
            self._connections.add(connection)
            while (request := connection.read_request()) is not None:
                if not self._take(connection, request):
                    return
        except OSError:
            pass  # the client has gone, or the outage has come
        finally:
            self._connections.discard(connection)
            connection.socket.close()

    def _is_cut_off(self, connection: Connection) -> bool:
        if self._tls is not None and self._fates.random() < self._mix.truncated_tls:
            self._note(Fault.TRUNCATED_TLS)
            connection.socket.recv(READ_SIZE)
            connection.socket.sendall(CUT_HANDSHAKE)
            return True
        return False

    def _take(self, connection: Connection, request: dict[str, Any]) -> bool:
        """Take or refuse a request; tell whether the connection goes on."""
        fault = self._choose()
        if fault in NOT_TAKEN:
            self._note(fault)
            return self._refuse(connection, fault)
        accepted, answer = self._accept(request)
        refused = len(request["Records"]) - len(accepted)
        if fault in ANSWER_LOST:
            self._note(fault, accepted, refused)
            self._lose_answer(connection, fault, answer)
            return False
        if fault is Fault.SLOW:
            time.sleep(self._settings.slow_seconds)
        # Under the lock, so that a verdict never misses a request that the client knows of.
        with self._lock:
            try:
                connection.answer(200, answer)
            except OSError:
                fault = Fault.RESET_IN_ANSWER
            self._note(fault, accepted, refused)
        return fault is not Fault.RESET_IN_ANSWER

    def _accept(self, request: dict[str, Any]) -> tuple[list[int], bytes]:
        accepted = []
        entries = []
        draw, share = self._random.random, self._mix.partial
        for record in request["Records"]:
            if draw() < share:
                entries.append(REFUSED_ENTRY)
            else:
                accepted.append(json.loads(base64.b64decode(record["Data"]))["n"])
                entries.append({"RecordId": str(accepted[-1])})
        answer = {
            "FailedPutCount": len(entries) - len(accepted),
            "Encrypted": False,
            "RequestResponses": entries,
        }
        return accepted, json.dumps(answer).encode()

    def _refuse(self, connection: Connection, fault: Fault) -> bool:
        if fault is Fault.RESET_BEFORE:
            connection.reset()
            return False
        if fault is Fault.HTML:
            connection.answer(200, b"<html><body>Please sign in to the network</body></html>")
        elif fault is Fault.THROTTLED:
            connection.answer(400, self._error(THROTTLING_CODES))
        else:
            connection.answer(500, self._error(ERROR_CODES))
        return True

    def _error(self, codes: tuple[str, ...]) -> bytes:
        code = codes[int(self._random.random() * len(codes))]
        return json.dumps({"__type": code, "message": "on purpose"}).encode()

    def _lose_answer(self, connection: Connection, fault: Fault, answer: bytes) -> None:
        if fault is Fault.WRONG_JSON:
            connection.answer(200, answer[: len(answer) // 2])
            return
        if fault is Fault.TOO_SLOW:
            time.sleep(self._settings.too_slow_seconds)
        else:
            connection.answer(200, answer, share=0.5)
        connection.reset()

    def _choose(self) -> Fault:
        with self._lock:
            if self._too_slow_left:
                self._too_slow_left -= 1
                return Fault.TOO_SLOW
            return self._mix.choose(self._fates.random)

    def _note(self, fault: Fault, accepted: list[int] | None = None, refused: int = 0) -> None:
        with self._lock:
            self._ledger.note(fault, accepted or (), refused)


def main() -> None:
    """Serve until standard input closes."""
    firehose = FailingFirehose(Settings(**json.loads(sys.argv[1])))
    threading.Thread(target=firehose.serve, daemon=True).start()
    commands: dict[str, Callable[[], dict[str, Any]]] = {
        "outage": firehose.outage,
        "recover": firehose.recover,
        "verdict": firehose.verdict,
        "arrived": firehose.arrived,
    }
    sys.stdout.write(json.dumps({"port": firehose.port}) + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(commands[line.strip()]()) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
