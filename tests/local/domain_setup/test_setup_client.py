"""Signed calls over real sockets: what goes over the wire, and what is waited for."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.session import Session

from firehose_logging.domain_setup.answer import Call, ConnectionFailure
from firehose_logging.domain_setup.client import CredentialsError, Domain, SignedSender
from firehose_logging.domain_setup.function import DomainSetupFailed, handler
from firehose_logging.domain_setup.settling import Patience
from firehose_logging.local.api import ApiError, Principal
from firehose_logging.local.iam.sigv4 import Secret, SignedRequest, verify

if TYPE_CHECKING:
    from tests.local.domain_setup.conftest import Received, ToldServer

KEY, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI", "token/+="
REGION = "eu-west-1"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)


@pytest.fixture
def sender(told_server: ToldServer) -> Iterator[SignedSender]:
    made = SignedSender(told_server.url, REGION)
    yield made
    made.close()


def check_signature(received: Received, secret: str = SECRET) -> None:
    """Let the verification of the local stack, which knows nothing of botocore, judge."""
    path, _, query = received.target.partition("?")
    principal = Principal("arn:aws:iam::123456789012:role/x", "123456789012")
    verify(
        SignedRequest(received.method, path, query, received.headers, received.body),
        {KEY: Secret(secret, principal, TOKEN)}.get,
        time.time(),
        service="es",
        region=REGION,
    )


@pytest.mark.parametrize(
    ("call", "target"),
    [
        (Call("GET", "/"), "/"),
        (Call("GET", "/_index_template/a.b-c_d"), "/_index_template/a.b-c_d"),
        (Call("GET", "/_plugins/_ism/explain/logs-*"), "/_plugins/_ism/explain/logs-*"),
        (Call("GET", "/logs,logs-*/_settings"), "/logs,logs-*/_settings"),
        (
            Call("GET", "/_cat/indices/logs*", {"format": "json", "h": "index,*"}),
            "/_cat/indices/logs*?format=json&h=index%2C%2A",
        ),
        (Call("PUT", "/x", {"b": "2", "a": "1 +/"}, {"é": 1}), "/x?b=2&a=1%20%2B%2F"),
        (Call("POST", "/x", {}, [1]), "/x"),
        (Call("PATCH", "/x", {}, [{"op": "add"}], {"osd-xsrf": "true"}), "/x"),
        (Call("DELETE", "/x"), "/x"),
    ],
)
def test_every_kind_of_call_is_signed_as_it_is_sent(
    told_server: ToldServer, sender: SignedSender, call: Call, target: str
) -> None:
    told_server.answers = [(200, b'{"a": 1}')]
    answer = sender(call)
    (received,) = told_server.received
    assert (answer.status, answer.document) == (200, {"a": 1})
    assert (received.method, received.target) == (call.method, target)
    check_signature(received)
    with pytest.raises(ApiError):
        check_signature(received, "another secret")


def test_a_document_goes_as_json_with_the_headers_of_the_call(
    told_server: ToldServer, sender: SignedSender
) -> None:
    sender(Call("PUT", "/x", document={"a": 1}, headers={"osd-xsrf": "true"}))
    (received,) = told_server.received
    headers = {name.lower(): value for name, value in received.headers}
    assert received.body == b'{"a": 1}'
    assert headers["content-type"] == "application/json"
    assert headers["osd-xsrf"] == "true"


def test_the_connection_is_used_again(told_server: ToldServer, sender: SignedSender) -> None:
    for _ in range(3):
        assert sender(Call("GET", "/")).is_success
    assert len(told_server.received) == 3


def test_a_port_where_nobody_listens_may_be_one_tomorrow() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    sender = SignedSender(f"http://127.0.0.1:{port}", REGION)
    with pytest.raises(ConnectionFailure, match="GET / got no answer") as caught:
        sender(Call("GET", "/"))
    sender.close()
    assert caught.value.may_pass
    assert "\n" not in str(caught.value)


def test_https_to_what_speaks_none_fails_at_once_and_names_the_ca_bundle(
    told_server: ToldServer,
) -> None:
    sender = SignedSender(told_server.url.replace("http:", "https:"), REGION)
    with pytest.raises(ConnectionFailure, match="set AWS_CA_BUNDLE") as caught:
        sender(Call("GET", "/"))
    sender.close()
    assert not caught.value.may_pass


def test_no_credentials_are_told_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session()
    monkeypatch.setattr(session, "get_credentials", lambda: None)
    with pytest.raises(CredentialsError, match="set AWS_PROFILE, or AWS_ACCESS_KEY_ID"):
        SignedSender("search.example.com", REGION, session)


def test_an_answer_is_waited_for_while_the_domain_settles(
    told_server: ToldServer, sender: SignedSender
) -> None:
    told_server.answers = [(503, b"<html>"), (429, b"{}"), (200, b'{"ready": true}')]
    slept: list[float] = []
    domain = Domain(sender, Patience(60, sleep=slept.append, fraction=lambda: 0.0))
    assert domain.call("GET", "/").document == {"ready": True}
    assert slept == [0.25, 0.5]


class Context:
    """Lambda's, with little time left."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> float:
        return self._seconds * 1000


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what configures the function, as Terraform does, for an endpoint."""

    def configure(endpoint: str, **more: Any) -> None:
        chosen = {"endpoint": endpoint, "region": REGION, "index": "logs", **more}
        monkeypatch.setenv("FIREHOSE_LOGGING_SETUP", json.dumps(chosen))

    return configure


def test_the_function_fails_in_one_sentence_before_its_time_is_over(
    told_server: ToldServer, configured: Callable[..., None]
) -> None:
    configured(told_server.url)
    told_server.answers = [(503, b"<html>starting</html>")] * 100
    with pytest.raises(DomainSetupFailed) as caught:
        handler({}, Context(seconds=40.5))
    assert str(caught.value) == (
        "domain: GET / answered 503 (<html>starting</html>); "
        "wait until the domain is active and green, then run the set-up again."
    )
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_the_function_names_the_wrong_key_of_its_configuration(
    configured: Callable[..., None],
) -> None:
    configured("a", index=None)
    with pytest.raises(DomainSetupFailed, match=r"^index is missing; "):
        handler({}, None)


def test_the_function_prints_and_returns_each_step(
    told_server: ToldServer,
    configured: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    configured(told_server.url, retention_days=1)
    lacking = b'{"error": "no handler found for uri [/x] and method [GET]", "status": 400}'
    told_server.answers = [(200, b'{"version": {"number": "9"}}'), *([(400, lacking)] * 100)]
    done = handler({}, Context(seconds=900))
    assert done["action"] == "create"
    assert done["index_pattern"] == "logs-*"
    assert done["steps"][0] == {
        "step": "domain",
        "state": "unchanged",
        "detail": f"engine 9 at {told_server.url}",
    }
    assert {step["state"] for step in done["steps"][1:]} == {"left_out"}
    assert len(capsys.readouterr().out.splitlines()) == len(done["steps"])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_signed_call_follows_no_redirect_and_no_proxy_of_the_environment(
    told_server: ToldServer,
    sender: SignedSender,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0)
        away = f"http://127.0.0.1:{elsewhere.getsockname()[1]}"
        for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "AWS_ENDPOINT_URL"):
            monkeypatch.setenv(variable, away)
        told_server.location = f"{away}/taken"
        told_server.answers = [(status, b"{}")]
        assert sender(Call("GET", "/")).status == status
        assert len(told_server.received) == 1
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
