"""The ``firehose-logging`` command; each subcommand is a module here, imported when it is used."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, or say in one line which extra is not installed."""
    try:
        from firehose_logging.cli.commands import commands
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("firehose_logging"):
            raise
        sys.exit(f"firehose-logging needs {error.name}; pip install 'firehose-logging[cli]'")
    commands()
