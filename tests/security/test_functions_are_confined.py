"""A function of a stranger's, run on a developer's machine, reaches for what is not its own."""

import contextlib
import io
import json
import os
import signal
import textwrap
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from firehose_logging.local import process
from firehose_logging.local.gateway.functions.runtime import confinement, household

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
Run = Callable[..., Any]

confined = pytest.mark.skipif(
    confinement.version() == 0, reason="this system has no Landlock; docs/security.md says so"
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[process.StackInfo]:
    home = tmp_path_factory.mktemp("stack") / "home"
    yield process.start_detached(home, port=0, engine="osmem", progress=lambda _: None)
    process.stop(home)


@pytest.fixture(scope="module")
def client(stack: process.StackInfo) -> Callable[[str], Any]:
    environment = stack.environment
    make: Any = boto3.client  # the stubs know one overload per service
    return lambda service: make(
        service,
        region_name="eu-west-1",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        config=Config(proxies={}, retries={"total_max_attempts": 1}),
    )


@pytest.fixture(scope="module")
def role(client: Callable[[str], Any]) -> str:
    made = client("iam").create_role(RoleName="f", AssumeRolePolicyDocument=json.dumps(TRUST))
    arn: str = made["Role"]["Arn"]
    return arn


@pytest.fixture
def run(client: Callable[[str], Any], role: str) -> Run:
    def run(source: str, event: Any = None, timeout: int = 20) -> Any:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("index.py", textwrap.dedent(source))
        name = f"f-{uuid.uuid4().hex[:12]}"
        functions = client("lambda")
        functions.create_function(
            FunctionName=name,
            Role=role,
            Runtime="python3.12",
            Handler="index.handler",
            Timeout=timeout,
            Code={"ZipFile": packed.getvalue()},
        )
        return json.loads(
            functions.invoke(FunctionName=name, Payload=json.dumps(event))["Payload"].read()
        )

    return run


OPEN_EACH = """
    def handler(event, context):
        told = {}
        for path in event:
            try:
                with open(path, "rb") as file:
                    file.read(1)
                told[path] = "read"
            except OSError as error:
                told[path] = type(error).__name__
        return told
"""


@confined
def test_a_function_reads_the_stacks_keys(run: Run, stack: process.StackInfo) -> None:
    files = ["stack.json", "ca/authority.key", "ca/server.key", "logs/stack.log", "stack.lock"]
    paths = [str(stack.home / name) for name in files]
    paths += [f"/proc/{stack.pid}/environ", f"/proc/{stack.pid}/mem", f"/proc/{stack.pid}/maps"]
    paths += [f"/proc/{stack.engine_pid}/environ", str(Path(__file__))]
    assert set(run(OPEN_EACH, paths).values()) == {"PermissionError"}
    bundle = stack.environment["AWS_CA_BUNDLE"]
    assert run(OPEN_EACH, [bundle, "/etc/hosts"]) == {bundle: "read", "/etc/hosts": "read"}


@confined
def test_a_function_reads_the_environment_of_its_supervisor_and_of_another_function(
    run: Run,
) -> None:
    source = """
        import os
        def handler(event, context):
            parent = os.getppid()
            try:
                return open(f"/proc/{parent}/environ").read()
            except PermissionError:
                return "refused"
    """
    assert run(source) == "refused"


def test_a_function_finds_the_stacks_keys_in_its_environment(
    run: Run, stack: process.StackInfo
) -> None:
    source = """
        import os
        def handler(event, context):
            return dict(os.environ)
    """
    environment = run(source)
    keys = {
        stack.environment["AWS_ACCESS_KEY_ID"],
        stack.environment["AWS_SECRET_ACCESS_KEY"],
    }
    assert not keys & set(environment.values())
    assert not [name for name in environment if name.startswith("FIREHOSE_LOGGING")]


@confined
def test_a_function_changes_its_own_code_and_that_of_others(
    run: Run, stack: process.StackInfo
) -> None:
    source = """
        import os
        def handler(event, context):
            told = []
            for path in (os.environ["LAMBDA_TASK_ROOT"] + "/index.py", event + "/planted"):
                try:
                    open(path, "a").close()
                    told.append("written")
                except PermissionError:
                    told.append("refused")
            return told
    """
    assert run(source, str(stack.home / "functions" / "code")) == ["refused", "refused"]


def test_a_function_leaves_files_for_the_next_one(run: Run, stack: process.StackInfo) -> None:
    source = """
        import os, tempfile
        def handler(event, context):
            with open(os.path.join(tempfile.gettempdir(), "left"), "x") as file:
                file.write("x")
            return [tempfile.gettempdir(), os.listdir(tempfile.gettempdir())]
    """
    folder, found = run(source)
    assert found == ["left"]
    again, _ = run(source)
    assert again != folder
    assert list((stack.home / "functions" / "tmp").iterdir()) == []


def lives(marker: str) -> list[int]:
    """Return the processes that carry a marker on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if marker.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
    return found


SPAWN = """
    import os, subprocess, sys, time
    def spawn(marker, **options):
        code = "import time; time.sleep(600)"
        return subprocess.Popen([sys.executable, "-c", code, marker], **options)
    def handler(event, context):
        marker, how = event
        if how == "own session":
            spawn(marker, start_new_session=True)
        elif how == "no environment":
            spawn(marker, start_new_session=True, env={})
        elif how == "twice forked":
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    spawn(marker, env={}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                os._exit(0)
            time.sleep(0.5)
        elif how == "deaf":
            import signal
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            spawn(marker, start_new_session=True)
        elif how == "and kills its supervisor":
            spawn(marker, start_new_session=True, env={})
            try:
                os.kill(os.getppid(), 9)
            except PermissionError:
                pass
        elif how == "and stops its supervisor":
            spawn(marker, start_new_session=True, env={})
            try:
                os.kill(os.getppid(), 19)
            except PermissionError:
                pass
            time.sleep(60)
        elif how == "and takes too long":
            spawn(marker, start_new_session=True, env={})
            time.sleep(60)
        return "done"
"""


@pytest.mark.parametrize(
    "how",
    [
        "own session",
        "no environment",
        "twice forked",
        "deaf",
        "and kills its supervisor",
        "and stops its supervisor",
        "and takes too long",
    ],
)
def test_a_function_leaves_a_process_behind(run: Run, how: str) -> None:
    marker = uuid.uuid4().hex
    run(SPAWN, [marker, how], timeout=2)
    assert lives(marker) == []


def test_the_stack_ends_what_a_supervisor_that_was_killed_could_not(
    stack: process.StackInfo, client: Callable[[str], Any], role: str
) -> None:
    source = """
        import os, subprocess, sys, time
        def handler(event, context):
            code = "import time; time.sleep(600)"
            subprocess.Popen(
                [sys.executable, "-c", code, "%s"], start_new_session=True, env={}
            )
            time.sleep(600)
    """
    marker = uuid.uuid4().hex
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", textwrap.dedent(source % marker))
    functions = client("lambda")
    functions.create_function(
        FunctionName=marker,
        Role=role,
        Runtime="python3.12",
        Handler="index.handler",
        Timeout=600,
        Code={"ZipFile": packed.getvalue()},
    )
    functions.invoke(FunctionName=marker, InvocationType="Event")
    until(lambda: lives(marker) != [])
    (supervisor,) = [
        pid for pid in household.children_of(stack.pid) if b"bootstrap.py" in command_of(pid)
    ]
    functions.delete_function(FunctionName=marker)
    left = lives(marker)[0]
    os.kill(supervisor, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{left}").exists())


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_function_answers_without_end(run: Run, stack: process.StackInfo) -> None:
    source = """
        import os
        def handler(event, context):
            answers = max(int(fd) for fd in os.listdir("/proc/self/fd") if fd.isdecimal())
            for fd in range(3, answers + 1):
                try:
                    for _ in range(200):
                        os.write(fd, b"x" * 1048576)
                except OSError:
                    pass
            os._exit(0)
    """
    answer = run(source)
    assert answer["errorType"] == "Function.ResponseSizeTooLarge"
    status = Path(f"/proc/{stack.pid}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line) // 1024
    assert peak < 500


FLEEING = """
    import ctypes, os, time

    SET_NAME = 15

    def handler(event, context):
        if os.fork():
            return "answered"
        ctypes.CDLL(None).prctl(SET_NAME, event.encode())
        os.closerange(0, 64)
        end = time.time() + 20
        while time.time() < end:
            if os.fork():
                os._exit(0)
            os.setsid()
        os._exit(0)
"""


def test_a_function_leaves_a_process_that_is_always_another_one(run: Run) -> None:
    """Each one starts the next in a session of its own and ends, before it can be looked at."""
    marker = uuid.uuid4().hex[:15]
    assert run(FLEEING, marker) == "answered"
    seen = set()
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        for place in Path("/proc").glob("[0-9]*/comm"):
            with contextlib.suppress(OSError):
                if place.read_text().strip() == marker:
                    seen.add(place)
    assert not seen
