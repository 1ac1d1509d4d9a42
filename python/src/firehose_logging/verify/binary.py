"""Find Terraform or OpenTofu, and run it as the project does everywhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from firehose_logging.verify.providers import cli_configuration_file

BINARY_VARIABLE = "TERRAFORM"
"""Environment variable that names the binary, by name or path."""

MINIMUM_VERSION = (1, 9)
_USUAL_NAMES = ("terraform", "tofu")
_SHOWN = re.compile(r"^(Terraform|OpenTofu) v((\d+)\.(\d+)\.\S+)", re.MULTILINE)


class TerraformError(Exception):
    """Say what Terraform could not do; ``output`` holds its own words."""

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message)
        self.output = output


@dataclass(frozen=True)
class Binary:
    """A Terraform or an OpenTofu that is new enough.

    Attributes:
        path: the executable.
        product: ``Terraform`` or ``OpenTofu``.
        version: as the binary tells it, for example ``1.11.4``.
    """

    path: str
    product: str
    version: str

    def __str__(self) -> str:
        return f"{self.product} {self.version}"

    @property
    def command(self) -> str:
        """The name under which its users know it, ``terraform`` or ``tofu``."""
        return "tofu" if self.product == "OpenTofu" else "terraform"

    def run(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run it in a folder to its end, and return what it said and its exit code.

        Args:
            arguments: a subcommand and its options.
            folder: the working directory.
            environment: the whole environment; defaults to ``command_environment(None)``.
        """
        return subprocess.run(
            [self.path, *arguments],
            cwd=folder,
            env=command_environment(None) if environment is None else environment,
            capture_output=True,
            text=True,
            check=False,
        )


def find_terraform(environment: Mapping[str, str] | None = None) -> Binary:
    """Return the binary that ``TERRAFORM`` names, or else the first of terraform and tofu on PATH.

    Args:
        environment: defaults to ``os.environ``.

    Raises:
        TerraformError: it is not there, is neither of the two, or is older than 1.9.
    """
    environment = os.environ if environment is None else environment
    wanted = ".".join(map(str, MINIMUM_VERSION))
    named = environment.get(BINARY_VARIABLE)
    search_path = environment.get("PATH", "")
    found = (shutil.which(name, path=search_path) for name in ([named] if named else _USUAL_NAMES))
    path = next(filter(None, found), None)
    if path is None and named:
        raise TerraformError(
            f"{BINARY_VARIABLE} is {named!r}, and no such program can be run; name Terraform or "
            f"OpenTofu {wanted} or later by name or path, or unset the variable"
        )
    if path is None:
        raise TerraformError(
            f"neither terraform nor tofu is on PATH; install {wanted} or later of either "
            "(https://developer.hashicorp.com/terraform/install, https://opentofu.org/docs/intro/install)"
        )
    return _look_at(path, wanted)


def find_both() -> list[Binary]:
    """Return what ``find_terraform`` returns, and an OpenTofu on PATH where that is another one.

    Raises:
        TerraformError: as ``find_terraform``.
    """
    first = find_terraform()
    other = shutil.which("tofu")
    if other is None or Path(other).resolve() == Path(first.path).resolve():
        return [first]
    return [first, find_terraform({**os.environ, BINARY_VARIABLE: other})]


def command_environment(scratch: Path | None, *, is_alone: bool = False) -> dict[str, str]:
    """Return the process's environment without what would make a run ask, phone or warn.

    Args:
        scratch: a folder for the CLI configuration by which providers are found; ``None`` for
            commands that need no provider.
        is_alone: leave out every variable by which the caller steers Terraform (``TF_...``).

    Raises:
        MirrorError: as ``find_mirrors``.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if not (is_alone and name.startswith("TF_"))
    }
    own = environment.get("TF_CLI_CONFIG_FILE")
    if own and not Path(own).is_file():
        # The binary would warn of it, in front of the JSON that is read here.
        del environment["TF_CLI_CONFIG_FILE"]
    if scratch is not None:
        environment["TF_CLI_CONFIG_FILE"] = str(cli_configuration_file(scratch))
    environment["CHECKPOINT_DISABLE"] = "1"
    environment["TF_IN_AUTOMATION"] = "1"
    environment["TF_INPUT"] = "0"
    return environment


def _look_at(path: str, wanted: str) -> Binary:
    environment = command_environment(None)
    try:
        shown = subprocess.run(
            [path, "version"], capture_output=True, text=True, check=False, env=environment
        )
    except OSError as error:
        raise TerraformError(f"{path} can't be run: {error.strerror}") from error
    match = _SHOWN.search(shown.stdout)
    if match is None:
        raise TerraformError(
            f"{path} does not tell a version of Terraform or OpenTofu", shown.stdout + shown.stderr
        )
    product, version, major, minor = match.groups()
    if (int(major), int(minor)) < MINIMUM_VERSION:
        raise TerraformError(f"{path} is {product} {major}.{minor}; {wanted} or later is needed")
    return Binary(path, product, version)
