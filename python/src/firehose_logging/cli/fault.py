"""``firehose-logging local fault``: make the local stack fail on demand."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

import click

from firehose_logging.cli.state_folder import state_folder
from firehose_logging.local import process

_NOT_RUNNING = 3
_SECONDS = 60.0
_ENGINE_KINDS = {"engine-stop": "engine/stop", "engine-start": "engine/start"}


@click.command()
@click.argument("kind")
@click.option("--stream", help="Whose fault it is [default: every stream's].")
@click.option("--share", type=click.FloatRange(0, 1), help="Of the records or calls [default: 1].")
@click.option("--seconds", type=float, help="How long a delay lasts [default: 1].")
@click.option("--status", type=int, help="What a refusing domain answers [default: 503].")
@click.option("--calls", type=int, help="How many calls are hit [default: all].")
def fault(kind: str, **given: float | str | None) -> None:
    r"""Make something go wrong, list what does, or clear it all.

    \b
    throttle          puts are refused with "Slow down."
    partial           some of a batch's records are refused
    delay             puts are answered late
    domain-refuses    the domain answers an error
    domain-vanishes   the domain does not answer
    domain-disk-full  the domain's indexes are blocked
    domain-partial    some documents are rejected with 429
    engine-stop       the engine ends
    engine-start      the engine starts again
    list              show the faults that are set
    clear             take them away
    """
    info = process.running(state_folder())
    if info is None:
        click.echo("No local stack runs; start one with `firehose-logging local up`.", err=True)
        sys.exit(_NOT_RUNNING)
    url = info.environment["AWS_ENDPOINT_URL"]
    if kind in _ENGINE_KINDS:
        _ask(f"{url}/_local/{_ENGINE_KINDS[kind]}", {})
        return
    asked: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if kind == "clear":
        asked = {"clear": True}
    elif kind != "list":
        asked["kind"] = kind
    _show(_ask(f"{url}/_local/faults", asked)["faults"])


def _ask(url: str, asked: Mapping[str, Any]) -> Any:
    request = urllib.request.Request(  # noqa: S310 - the stack's own address
        url, json.dumps(asked).encode(), method="POST"
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request, timeout=_SECONDS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise click.ClickException(json.load(error)["error"]) from error
    except OSError as error:
        raise click.ClickException(f"the local stack does not answer: {error}") from error


def _show(faults: list[Mapping[str, Any]]) -> None:
    if not faults:
        click.echo("No fault is set.")
    for one in faults:
        details = [f"{name}={value}" for name, value in one.items() if name != "kind"]
        click.echo(f"{one['kind']}: {', '.join(details)}")
