"""Each example under examples/python, run as its reader would."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.local.handler.conftest import Sink

EXAMPLES = Path(__file__).parents[3] / "examples" / "python"

Example = Callable[..., "subprocess.CompletedProcess[str]"]


def needs(*modules: str) -> pytest.MarkDecorator:
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(
        bool(missing), reason=f"not installed: {', '.join(missing)} (extra `examples`)"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLES, tmp_path / "examples"))


@pytest.fixture
def example(aws_environment: dict[str, str], folder: Path) -> Example:
    def run_example(*arguments: str) -> subprocess.CompletedProcess[str]:
        completed = subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env=aws_environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert completed.returncode == 0, completed.stderr
        return completed

    return run_example


@contextmanager
def _running(
    command: list[str], folder: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        finally:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _get(url: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not _answers(url):
        assert time.monotonic() < deadline, f"{url} does not answer"
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_dict_config(example: Example, sink: Sink) -> None:
    example("dict_config.py")
    (document,) = sink.documents()
    assert document["message"] == "order placed"
    assert document["service"] == "shop"
    assert document["order"] == 42
    assert document["token"] == "[redacted]"
    assert document["host"]


def test_file_config(example: Example, sink: Sink) -> None:
    example("file_config.py")
    assert sink.messages() == ["configured by a file"]


def test_queue_handler(example: Example, sink: Sink) -> None:
    example("queue_handler.py")
    assert sink.messages() == ["by way of a queue"]


def test_asyncio(example: Example, sink: Sink) -> None:
    assert example("asyncio_app.py").stdout == "True\n"
    assert sorted(sink.messages()) == sorted(f"customer {n} served" for n in range(100))


def test_lambda_function(example: Example, sink: Sink) -> None:
    source = "import lambda_function, os; lambda_function.handler({'order': 42}, None); os._exit(0)"
    example("-c", source)
    (document,) = sink.documents()
    assert document["order"] == 42


@needs("structlog")
def test_structlog(example: Example, sink: Sink) -> None:
    example("structlog_app.py")
    placed, refused = sink.documents()
    assert placed["message"] == "order placed"
    assert (placed["customer"], placed["order"]) == (7, 42)
    assert refused["exc_info"].splitlines()[-1] == "KeyError: 'article'"


@needs("django")
def test_django(example: Example, sink: Sink) -> None:
    assert example("django_app.py").stdout == "order 42\n404\n"
    first, second = sink.documents()
    assert first["order"] == 42
    assert second["name"] == "django.request"


@needs("fastapi", "uvicorn")
def test_fastapi_under_uvicorn(aws_environment: dict[str, str], folder: Path, sink: Sink) -> None:
    port = _free_port()
    command = ["uvicorn", "fastapi_app:app", "--log-config", "uvicorn_logging.json"]
    with _running([*command, "--port", str(port)], folder, aws_environment):
        _get(f"http://127.0.0.1:{port}/orders/42")
    assert "order 42 requested" in sink.messages()
    assert {document["name"] for document in sink.documents()} >= {"shop", "uvicorn.access"}


@needs("gunicorn")
def test_gunicorn_with_preload(aws_environment: dict[str, str], folder: Path, sink: Sink) -> None:
    port = _free_port()
    command = ["gunicorn", "-c", "gunicorn_conf.py", "gunicorn_app:application"]
    with _running([*command, "--bind", f"127.0.0.1:{port}"], folder, aws_environment):
        for number in range(20):
            _get(f"http://127.0.0.1:{port}/orders/{number}")
    messages = sink.messages()
    assert sum(message.endswith(" requested") for message in messages) == 20
    assert messages.count("loaded before the fork") == 1
    assert {f"/orders/{number} requested" for number in range(20)} <= set(messages)


@needs("celery")
def test_celery(aws_environment: dict[str, str], folder: Path, sink: Sink) -> None:
    (folder / "broker").mkdir()
    settings = (
        "from celery_app import app\n"
        "app.conf.broker_transport_options = {'data_folder_in': 'broker',"
        " 'data_folder_out': 'broker', 'control_folder': 'broker'}\n"
    )
    (folder / "with_files.py").write_text(settings)
    environment = aws_environment | {"CELERY_BROKER": "filesystem://"}
    command = ["celery", "-A", "with_files", "worker", "--concurrency", "2", "--without-mingle"]
    with _running(command, folder, environment):
        source = "import with_files, celery_app; [celery_app.ship.delay(n) for n in range(10)]"
        subprocess.run(
            [sys.executable, "-c", source], cwd=folder, env=environment, check=True, timeout=60
        )
        deadline = time.monotonic() + 60
        while sum(m.endswith(" shipped") for m in sink.messages()) < 10:
            assert time.monotonic() < deadline, (folder / "output").read_text()
            time.sleep(0.1)
    shipped = [message for message in sink.messages() if message.endswith(" shipped")]
    assert sorted(shipped) == sorted(f"order {number} shipped" for number in range(10))


def test_every_example_is_in_the_index() -> None:
    index = (EXAMPLES / "README.md").read_text()
    for path in EXAMPLES.iterdir():
        if path.name not in {"README.md", "__pycache__"}:
            assert f"`{path.name}`" in index
