"""``firehose-logging setup``: what the set-up function does, for those who run none."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from firehose_logging.domain_setup.configuration import ConfigurationError, parse_configuration
from firehose_logging.domain_setup.function import domains, result
from firehose_logging.domain_setup.report import SetupError, StepReport
from firehose_logging.domain_setup.request import CODECS, EXTRA_FIELDS, ROTATIONS, SetupCall
from firehose_logging.domain_setup.sequence import perform

_MARKS = {"created": "+", "updated": "~", "removed": "-", "unchanged": "=", "left_out": " "}


@click.command(
    short_help="Make a domain ready for the stream, or take that away.",
    epilog="Signs as botocore does: AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_CA_BUNDLE, … The caller "
    "must be the domain's master, or be mapped to all_access.",
)
@click.option(
    "--outputs",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Endpoint, Region, index and the stream's role from `terraform output -json`.",
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Everything from a JSON file, as in the function's environment; options override it.",
)
@click.option("--endpoint", help="The domain's host, or host:port.")
@click.option("--region", help="The domain's Region; AWS_REGION where it is not given.")
@click.option("--index", help="The name that Firehose begins index names with.")
@click.option("--rotation", type=click.Choice(ROTATIONS), help="OneDay where it is not given.")
@click.option("--retention-days", type=int, help="How long a record is kept at least; for ever.")
@click.option("--writer", "writers", multiple=True, help="ARN of a stream's role. Repeatable.")
@click.option("--reader", "readers", multiple=True, help="ARN of who may search. Repeatable.")
@click.option(
    "--administrator", "administrators", multiple=True, help="ARN of who may do all. Repeatable."
)
@click.option("--shards", type=int, help="Primary shards of each index.")
@click.option("--replicas", type=int, help="Copies of each shard.")
@click.option("--codec", type=click.Choice(CODECS), help="How documents are compressed.")
@click.option("--time-field", help="The field that Dashboards goes by; asctime.")
@click.option(
    "--extra-fields", type=click.Choice(EXTRA_FIELDS), help="What becomes of unknown fields."
)
@click.option("--field", "fields", multiple=True, metavar="NAME=TYPE", help="Repeatable.")
@click.option("--no-dashboards", is_flag=True, help="No index pattern and no dashboard.")
@click.option("--settle-seconds", type=int, help="How long to wait for a domain; 300.")
@click.option("--remove", is_flag=True, help="Take away what setup made; the indexes stay.")
@click.option("--delete-indexes", is_flag=True, help="With --remove: the indexes, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def setup(
    outputs: Path | None, config: Path | None, *, remove: bool, as_json: bool, **options: Any
) -> None:
    """Make a domain ready for the stream: template, roles, retention, Dashboards.

    Reads before it writes and may run any number of times: what is as it should be stays untouched.
    """
    asked = _from_file(config) if config else {}
    if outputs:
        asked = {**_from_outputs(outputs), **asked}
    try:
        request = parse_configuration(_configuration(asked, options))
        call = SetupCall("delete" if remove else "create", request)
        with domains() as open_domain:
            reports = perform(call, open_domain, _silent if as_json else _tell)
    except (ConfigurationError, SetupError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(result(call, reports), indent=2))


def _configuration(asked: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Return what the files say, overridden by the options given."""
    given = {
        name: value
        for name, value in options.items()
        if value is not None and value is not False and value != ()
    }
    configuration = {**asked}
    if given.pop("no_dashboards", False):
        configuration["dashboards"] = False
    template = {**(configuration.get("template") or {})}
    for name in ("shards", "replicas", "codec", "time_field", "extra_fields"):
        if name in given:
            template[name] = given.pop(name)
    fields = given.pop("fields", ())
    if fields:
        template["fields"] = {**(template.get("fields") or {}), **_typed(fields)}
    configuration |= given
    if template:
        configuration["template"] = template
    if not configuration.get("region"):
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        configuration["region"] = region
    return configuration


def _typed(fields: tuple[str, ...]) -> dict[str, str]:
    typed = {}
    for field in fields:
        name, separator, kind = field.partition("=")
        if not name or not separator:
            raise click.BadParameter(f"{field!r} is no NAME=TYPE", param_hint="--field")
        typed[name] = kind
    return typed


def _from_file(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{path} can't be read as JSON: {error}") from error
    if not isinstance(document, dict):
        raise click.ClickException(f"{path} holds no JSON object; see docs/domain-setup.md")
    return document


def _from_outputs(path: Path) -> dict[str, Any]:
    outputs = _from_file(path)
    try:
        arn = str(outputs["domain"]["value"]["arn"])
        pattern = str(outputs["index_pattern"]["value"])
        rotates = {} if pattern.endswith("-*") else {"rotation": "NoRotation"}
        return {
            "endpoint": outputs["domain"]["value"]["endpoint"],
            "region": arn.split(":")[3],
            "index": pattern.removesuffix("-*"),
            **rotates,
            **_writers(outputs),
        }
    except (KeyError, TypeError, IndexError) as error:
        raise click.ClickException(
            f"{path} lacks the outputs domain and index_pattern; "
            f"write it with `terraform output -json > {path}`"
        ) from error


def _writers(outputs: dict[str, Any]) -> dict[str, Any]:
    """Return the stream's role, which would lose its mapping if it were not named."""
    role = outputs.get("delivery_role")
    return {} if role is None else {"writers": [role["value"]["arn"]]}


def _tell(report: StepReport) -> None:
    click.echo(f"{_MARKS[report.state]} {report.step:<21}{report.state:<10} {report.detail}")


def _silent(_report: StepReport) -> None:
    """Leave the telling to the document at the end."""
