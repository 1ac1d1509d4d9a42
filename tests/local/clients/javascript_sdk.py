"""The JavaScript SDK's Firehose client, installed by npm below ``.cache``."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.local.programs import program

PATIENCE = 300.0
_SOURCE = Path(__file__).with_name("javascript")


def installed(cache: Path) -> Path:
    """Return the folder of the application, with all that it imports; made once.

    Args:
        cache: where packages and downloads go.
    """
    npm = program("npm")
    folder = cache / "javascript-client"
    wanted = (_SOURCE / "package.json").read_bytes()
    done = folder / "installed.json"
    if not done.is_file() or done.read_bytes() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(_SOURCE, folder)
        subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"],
            cwd=folder,
            env={**os.environ, "npm_config_cache": str(cache / "npm")},
            check=True,
            timeout=PATIENCE,
        )
        done.write_bytes(wanted)
    shutil.copytree(_SOURCE, folder, dirs_exist_ok=True)
    return folder
