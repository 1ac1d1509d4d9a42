"""curl's own Signature Version 4, over a real socket."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from tests.local.programs import program

from firehose_logging.local.api import ApiError, Principal
from firehose_logging.local.iam.sigv4 import Secret, SignedRequest, verify

KEY_ID, SECRET_KEY, TOKEN = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG", "a+token/=="
CONTENT_HASH, NO_CONTENT_HASH = (
    ["-H", f"x-amz-content-sha256: {hashlib.sha256(content).hexdigest()}"]
    for content in (b"content", b"")
)
ADA = Principal("arn:aws:iam::111122223333:user/ada", "111122223333")


class VerifyingHandler(BaseHTTPRequestHandler):
    """Answer who signed a request, or why it is refused."""

    session_token: str | None = None

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        request = SignedRequest(self.command, path, query, self.headers.items(), body)
        secret = Secret(SECRET_KEY, ADA, session_token=self.session_token)
        try:
            verified = verify(request, {KEY_ID: secret}.get, time.time())
            status, answer = 200, f"{verified.principal.arn} {verified.service} {verified.region}"
        except ApiError as error:
            status, answer = error.status, error.code
        self.send_response(status)
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Stay silent."""


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), VerifyingHandler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def curl(service: str, *arguments: str, secret_key: str = SECRET_KEY) -> str:
    command = [
        *(program("curl"), "--silent", "--max-time", "10", "--path-as-is"),
        *("--aws-sigv4", f"aws:amz:eu-west-1:{service}", "--user", f"{KEY_ID}:{secret_key}"),
    ]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize(
    ("service", "path", "arguments"),
    [
        ("es", "/_cluster/health", []),
        ("es", "/_cat/indices?format=json", []),
        ("es", "/logs/_doc", ["--json", '{"message": "a"}']),
        ("es", "/logs", ["--request", "DELETE"]),
        ("firehose", "/", ["--data", "{}", "-H", "X-Amz-Target: Firehose_20150804.PutRecord"]),
        ("s3", "/bucket/a%20key", ["--request", "PUT", "--data-binary", "content", *CONTENT_HASH]),
        ("s3", "/bucket?list-type=2", NO_CONTENT_HASH),
        ("sts", "/", ["--data", "Action=GetCallerIdentity&Version=2011-06-15"]),
    ],
)
def test_what_curl_signs_verifies(url: str, service: str, path: str, arguments: list[str]) -> None:
    assert curl(service, url + path, *arguments) == f"{ADA.arn} {service} eu-west-1"


def test_curl_with_a_wrong_secret_is_refused(url: str) -> None:
    assert curl("es", f"{url}/", secret_key="wrong") == "InvalidSignatureException"


def test_curl_sends_a_session_token_as_a_header(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VerifyingHandler, "session_token", TOKEN)
    header = ["-H", f"X-Amz-Security-Token: {TOKEN}"]
    assert curl("es", f"{url}/", *header) == f"{ADA.arn} es eu-west-1"
    assert curl("es", f"{url}/") == "UnrecognizedClientException"
