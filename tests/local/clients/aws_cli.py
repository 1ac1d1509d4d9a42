"""The AWS CLI: the one on PATH, or else one that pip installs below ``.cache``.

PyPI has version 1 only. Version 2, where it is on PATH, is what the tests run; both make their
requests by the same commands from the same models of botocore, and differ in how they read bytes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PATIENCE = 300.0
_FOLLOWING_ENDPOINT_URL = {1: (1, 29), 2: (2, 13)}
"""The first of each kind that reads AWS_ENDPOINT_URL."""


class AwsCli:
    """Run the AWS CLI's commands.

    Args:
        command: the program.
        environment: its variables.
    """

    def __init__(self, command: str, environment: Mapping[str, str]) -> None:
        self._command = command
        self._environment = dict(environment)
        self.version = _version(command)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command, whether it succeeds or not."""
        return subprocess.run(
            [self._command, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def ask(self, *arguments: str) -> Any:
        """Return the document that a command prints, or its text where it is none."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        try:
            return json.loads(done.stdout)
        except ValueError:
            return done.stdout

    def blob(self, data: bytes) -> str:
        """Return bytes as the CLI reads them in JSON: version 2 as Base64, version 1 as text."""
        return b64encode(data).decode() if self.version[0] >= 2 else data.decode()


def find_command(cache: Path) -> str:
    """Return a CLI that follows AWS_ENDPOINT_URL."""
    version = _version("aws")
    if version and version >= _FOLLOWING_ENDPOINT_URL.get(version[0], version):
        return "aws"
    made = cache / "aws-cli"
    command = made / "bin" / "aws"
    if not _version(str(command)):
        subprocess.run([sys.executable, "-m", "venv", str(made)], check=True)
        subprocess.run(
            [str(made / "bin" / "pip"), "install", "--quiet", "awscli>=1.40"],
            env={"PIP_CACHE_DIR": str(cache / "pip"), **os.environ},
            check=True,
            timeout=PATIENCE,
        )
    return str(command)


def _version(command: str) -> tuple[int, ...]:
    """Return the version of a CLI, empty where there is none that runs."""
    try:
        done = subprocess.run(
            [command, "--version"], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except OSError:
        return ()
    told = re.match(r"aws-cli/(\d+)\.(\d+)", done.stdout)
    return tuple(map(int, told.groups())) if told else ()
