"""``firehose-logging local``: run the local stack, end it, ask about it."""

from __future__ import annotations

import ipaddress
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from firehose_logging.cli.fault import fault
from firehose_logging.cli.state_folder import state_folder
from firehose_logging.local import process
from firehose_logging.local.home import Home

_NOT_RUNNING = 3
_DEFAULT_PORT = 4566
_CTRL_C = "Ctrl-C ends it."


def _engine(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if value in {"auto", "opensearch", "osmem"} or "://" in value:
        return value
    raise click.BadParameter(f"{value!r} is neither auto, opensearch, osmem nor a URL.")


def _address(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise click.BadParameter(f"{value!r} is no IP address.") from None


@click.group()
def local() -> None:
    """Run a local AWS for the way from Firehose to OpenSearch."""


@local.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_DEFAULT_PORT,
    show_default=True,
    help="The port of every AWS API; 0 takes a free one.",
)
@click.option(
    "--engine",
    callback=_engine,
    default="auto",
    show_default=True,
    metavar="auto|opensearch|osmem|URL",
    help="What searches: OpenSearch, the small osmem, or an engine that runs already.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True, max=10_000),
    default=1.0,
    show_default=True,
    help="Seconds that pass in the stack while one passes outside.",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, resolve_path=True, path_type=Path),
    help="Keep everything here, acknowledged records included, for the next start.",
)
@click.option(
    "--quotas/--no-quotas",
    default=True,
    show_default=True,
    help="Hold streams to AWS's default quotas.",
)
@click.option(
    "--listen",
    "host",
    callback=_address,
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="The IP address of every AWS API; OpenSearch domains stay on this machine.",
)
@click.option(
    "--expose-to-anyone-on-the-network",
    "exposed",
    is_flag=True,
    help="Let --listen take an address that other machines reach. The stack is made for one "
    "machine: it answers without TLS, and has not been hardened against anybody.",
)
@click.option("--detach", is_flag=True, help="Return once it is ready, and leave it running.")
def up(detach: bool, exposed: bool, **settings: Any) -> None:
    """Start the local stack."""
    if not exposed and not ipaddress.ip_address(settings["host"]).is_loopback:
        raise click.UsageError(
            f"{settings['host']} can be reached by other machines; say "
            "--expose-to-anyone-on-the-network if that is meant."
        )
    home = state_folder()
    if detach:
        try:
            info = process.start_detached(home, progress=_progress, **settings)
        except process.StackError as error:
            raise click.ClickException(str(error)) from error
        _announce(info, "`firehose-logging local down` ends it.")
        return
    from firehose_logging.local.main import EXPECTED_ERRORS, serve
    from firehose_logging.local.stack import StackOptions

    options = StackOptions(home=Home(home), **settings)
    try:
        was_ready = serve(
            options, _progress, lambda state: _announce(process.info_of(home, state), _CTRL_C)
        )
    except EXPECTED_ERRORS as error:
        raise click.ClickException(str(error)) from error
    if not was_ready:
        raise click.ClickException("the local stack was ended while it started")


@local.command()
def down() -> None:
    """End the local stack and everything that it started."""
    try:
        ended = process.stop(state_folder())
    except process.StackError as error:
        raise click.ClickException(str(error)) from error
    click.echo("The local stack has ended." if ended else "No local stack runs.")


@local.command()
def status() -> None:
    """Say what runs; the exit code is 3 where nothing does, or that can't be told."""
    home = state_folder()
    _leave_if_closed(home)
    info = process.running(home)
    if info is not None:
        _announce(info, f"Process {info.pid}, state in {home}.")
        return
    pid = process.starting(home)
    click.echo("No local stack runs." if pid is None else f"A local stack (pid {pid}) is starting.")
    sys.exit(_NOT_RUNNING)


@local.command()
def env() -> None:
    """Print the lines that point AWS's clients at the local stack."""
    home = state_folder()
    _leave_if_closed(home)
    info = process.running(home)
    if info is None:
        click.echo("No local stack runs; start one with `firehose-logging local up`.", err=True)
        sys.exit(_NOT_RUNNING)
    for name, value in info.environment.items():
        click.echo(f"export {name}={shlex.quote(value)}")


local.add_command(fault)


def _leave_if_closed(home: Path) -> None:
    why = process.closed_to_us(home)
    if why is not None:
        click.echo(why, err=True)
        sys.exit(_NOT_RUNNING)


def _progress(line: str) -> None:
    click.echo(line, err=True)


def _announce(info: process.StackInfo, last_line: str) -> None:
    environment = info.environment
    click.echo(f"AWS     {environment['AWS_ENDPOINT_URL']}, Region {environment['AWS_REGION']}")
    click.echo(f"Engine  {info.engine}")
    for limit in info.limits:
        click.echo(f"        {limit}")
    click.echo('Use     eval "$(firehose-logging local env)"')
    click.echo(last_line)
