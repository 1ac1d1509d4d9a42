"""The state folder, for commands."""

from __future__ import annotations

from pathlib import Path

import click

from firehose_logging.local.home import HomeError, find_home


def state_folder() -> Path:
    """Return where the state folder is, or would be.

    Raises:
        click.ClickException: it could be somebody else's.
    """
    try:
        return find_home()
    except HomeError as error:
        raise click.ClickException(str(error)) from None
