"""The subcommands by name; none is imported before it is asked for."""

from __future__ import annotations

from importlib import import_module

import click

# Name of the subcommand: its module in this package, and the extra that the module needs.
_SUBCOMMANDS = {
    "demo": ("demo", "cli,local,verify"),
    "local": ("local", "cli,local"),
    "setup": ("setup", "cli"),
}


class _LazyGroup(click.Group):
    """A group whose subcommands are imported when they are used or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return sorted(_SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _SUBCOMMANDS:
            return None
        module, extras = _SUBCOMMANDS[cmd_name]
        try:
            loaded = import_module(f"firehose_logging.cli.{module}")
        except ModuleNotFoundError as error:
            if error.name is None or error.name.startswith("firehose_logging"):
                raise
            raise click.ClickException(
                f"`{cmd_name}` needs {error.name}; pip install 'firehose-logging[{extras}]'"
            ) from error
        command: click.Command = getattr(loaded, cmd_name)
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="firehose-logging")
def commands() -> None:
    """Python logs, searchable in OpenSearch seconds after they are written."""
