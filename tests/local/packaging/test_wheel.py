"""The wheel, in an environment with nothing but its own dependencies."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[3] / "python"

PROGRAM = """
import importlib.util, logging, logging.config, sys
for extra in ("click", "moto", "httpx", "opensearchpy", "requests", "orjson"):
    assert importlib.util.find_spec(extra) is None, extra
logging.config.dictConfig({
    "version": 1,
    "formatters": {"json": {"()": "firehose_logging.FirehoseJsonFormatter"}},
    "handlers": {"firehose": {"class": "firehose_logging.FirehoseHandler", "formatter": "json"}},
    "root": {"handlers": ["firehose"], "level": "INFO"},
})
logging.getLogger("wheel").info("from a bare environment")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(PACKAGE))
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def bare_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    run(python, "-m", "pip", "install", "--quiet", str(wheel))
    return python


def run(*command: str, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=240, check=False, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def firehose() -> Iterator[tuple[str, list[bytes]]]:
    """Take PutRecordBatch calls on loopback; yield the address and the bodies received."""
    bodies: list[bytes] = []

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append(body)
            taken = [{"RecordId": "1"} for _ in json.loads(body)["Records"]]
            answer = json.dumps({"FailedPutCount": 0, "RequestResponses": taken}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Taker)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", bodies
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_wheel_holds_both_modules_the_types_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "KinesisFirehoseDeliveryStreamHandler.py" in names
    assert "firehose_logging/__init__.py" in names
    assert "firehose_logging/py.typed" in names
    assert not [name for name in names if "test" in name.lower()]


def test_a_bare_environment_logs_with_its_own_dependencies_alone(bare_python: str) -> None:
    with firehose() as (address, bodies):
        environment = {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "eu-west-1",
        }
        run(bare_python, "-c", PROGRAM, environment=environment)
    assert len(bodies) == 1
    assert len(json.loads(bodies[0])["Records"]) == 1


def test_a_command_whose_extra_is_missing_says_which_to_install(bare_python: str) -> None:
    done = subprocess.run(
        [str(Path(bare_python).parent / "firehose-logging"), "demo"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "firehose-logging needs click; pip install 'firehose-logging[cli]'"
    )
