"""``firehose-logging demo``: from ``logger.error`` to the document found, on this machine."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from firehose_logging.cli.state_folder import state_folder
from firehose_logging.local import process
from firehose_logging.verify import search
from firehose_logging.verify.binary import TerraformError, find_terraform
from firehose_logging.verify.deployment import Deployment, OutputsError
from firehose_logging.verify.terraform import Workspace

EXAMPLE = Path("examples") / "local"
SCRIPT = Path("examples") / "article" / "logging_test.py"
RECORD_TIMEOUT = 60.0
SCRIPT_TIMEOUT = 60.0
PROGRESS_INTERVAL = 3.0


class Stopwatch:
    """Print lines that begin with the seconds since the demo began."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """Print ``text`` as one step."""
        click.echo(f"[{time.monotonic() - self._began:5.1f} s] {text}")


@dataclass(frozen=True)
class Logged:
    """The run of the script: when its record was on the console, and the script's file name."""

    at: float
    file_name: str


@click.command()
@click.option("--keep", is_flag=True, help="Leave the stack and what Terraform made running.")
@click.option(
    "--engine",
    default="auto",
    show_default=True,
    help="auto, opensearch, osmem, or the URL of an OpenSearch that runs.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port of the stack [default: a free one]."
)
@click.option(
    "--repository",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=None,
    help="The clone with examples/local [default: the one around the working directory].",
)
def demo(keep: bool, engine: str, port: int | None, repository: Path | None) -> None:
    """Apply examples/local to a local stack, run the article's script, find its record."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # It warns of each index that is not ready yet; the demo says itself what it waits for.
    logging.getLogger("opensearch").setLevel(logging.CRITICAL)
    watch = Stopwatch()
    try:
        clone = _clone(repository)
        find_terraform()
        _forget_last_run()
        with (
            _initialising(watch, clone) as providers,
            _stack(watch, keep=keep, engine=engine, port=port or 0) as stack,
        ):
            providers.result()
            _show(watch, clone, stack)
            if keep:
                _tell_how_to_go_on(stack)
    except KeyboardInterrupt:
        raise click.exceptions.Exit(130) from None
    except TerraformError as error:
        click.echo(error.output, err=True)
        raise click.ClickException(str(error)) from error
    except (process.StackError, OutputsError, search.NotFoundInTimeError) as error:
        raise click.ClickException(str(error)) from error


def _clone(repository: Path | None) -> Path:
    candidates = [repository] if repository else [Path.cwd(), *Path.cwd().parents]
    for folder in candidates:
        if (folder / EXAMPLE / "main.tf").is_file() and (folder / SCRIPT).is_file():
            return folder.absolute()
    raise click.ClickException(
        f"{EXAMPLE} is not here; run this in a clone of the repository, or name one: --repository"
    )


@contextmanager
def _stack(watch: Stopwatch, *, keep: bool, engine: str, port: int) -> Iterator[process.StackInfo]:
    """Start a stack, or use the one that runs; end it afterwards unless it is to be kept."""
    home = state_folder()
    running = process.running(home)
    if running is not None:
        watch.say(f"using the local stack that runs already on port {running.port}")
        yield running
        return
    watch.say("starting the local stack")
    try:
        stack = process.start_detached(home, port=port, engine=engine, progress=watch.say)
        yield stack
    except BaseException:
        process.stop(home)
        raise
    if not keep:
        watch.say("stopping the local stack")
        process.stop(home)
        shutil.rmtree(_scratch(home), ignore_errors=True)


def _scratch(home: Path) -> Path:
    return home / "demo"


def _forget_last_run() -> None:
    """Remove what Terraform knows of a stack that is no more."""
    home = state_folder()
    if process.running(home) is None:
        shutil.rmtree(_scratch(home), ignore_errors=True)


@contextmanager
def _initialising(watch: Stopwatch, clone: Path) -> Iterator[Future[None]]:
    """Run ``terraform init`` while the stack starts, for both take seconds."""
    workspace = Workspace(clone / EXAMPLE, _scratch(state_folder()))
    watch.say(f"init with {workspace.binary} (provider from {workspace.provider_source})")
    with ThreadPoolExecutor(1) as pool:
        initialised = pool.submit(workspace.init)
        try:
            yield initialised
        finally:
            workspace.abandon_init()


def _show(watch: Stopwatch, clone: Path, stack: process.StackInfo) -> None:
    os.environ.update(stack.environment)
    workspace = Workspace(clone / EXAMPLE, _scratch(stack.home), progress=_TerraformProgress(watch))
    watch.say(f"{workspace.binary.command} apply of {EXAMPLE}")
    workspace.apply()
    deployment = Deployment.from_outputs(workspace.outputs())
    watch.say(f"running {SCRIPT}")
    logged = _run_script(clone / SCRIPT, _scratch(stack.home), deployment)
    watch.say(f"waiting for the record in {deployment.index_pattern}")
    hit, found_at = _wait_for_record(deployment, logged)
    click.echo()
    click.echo(json.dumps(hit.source, indent=2))
    click.echo()
    click.echo(f"index    {hit.index}")
    click.echo(f"seconds  {found_at - logged.at:.1f} from the log call to found")
    click.echo(f"engine   {stack.engine}")
    click.echo()


class _TerraformProgress:
    """Tell how many resources are made, at most every few seconds, and how the apply ended."""

    def __init__(self, watch: Stopwatch) -> None:
        self._watch = watch
        self._made = 0
        self._told_at = time.monotonic()

    def __call__(self, line: str) -> None:
        """Take a line that Terraform printed."""
        if "Apply complete" in line:
            self._watch.say(f"  {line}")
        if "Creation complete" in line:
            self._made += 1
            if time.monotonic() - self._told_at >= PROGRESS_INTERVAL:
                self._told_at = time.monotonic()
                self._watch.say(f"  resources made: {self._made}")


def _run_script(script: Path, scratch: Path, deployment: Deployment) -> Logged:
    """Run a copy of the script, so that its traceback's file name tells this run from others."""
    copy = scratch / f"logging_test_{time.time_ns()}.py"
    shutil.copyfile(script, copy)
    environment = {
        **os.environ,
        "AWS_REGION": deployment.region,
        "FIREHOSE_LOGGING_STREAM": deployment.stream_name,
    }
    with subprocess.Popen(
        [sys.executable, str(copy)], env=environment, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stderr is not None  # noqa: S101  # asked for above
        console = [run.stderr.readline()]
        at = time.monotonic()
        console.extend(run.stderr)
        run.wait(timeout=SCRIPT_TIMEOUT)
    for line in console:
        click.echo(f"  console: {line.rstrip()}")
    if run.returncode != 0:
        raise click.ClickException(f"{script} ended with exit code {run.returncode}")
    return Logged(at=at, file_name=copy.name)


def _wait_for_record(deployment: Deployment, logged: Logged) -> tuple[search.Hit, float]:
    query = {
        "bool": {
            "must": [
                {"match": {"message": "fake NameError"}},
                {"match_phrase": {"exc_info": logged.file_name}},
            ]
        }
    }
    client = search.client(deployment)
    try:
        hits: list[search.Hit] = search.wait_until(
            lambda: search.find(client, deployment.index_pattern, query),
            timeout=RECORD_TIMEOUT,
            what=f"the record of {logged.file_name} in {deployment.index_pattern}",
        )
        return hits[0], time.monotonic()
    finally:
        client.close()


def _tell_how_to_go_on(stack: process.StackInfo) -> None:
    click.echo("The stack and what Terraform made go on running. To use them:")
    for name, value in stack.environment.items():
        click.echo(f"  export {name}={value}")
    click.echo("To stop and remove them:")
    click.echo("  .venv/bin/firehose-logging local down")
