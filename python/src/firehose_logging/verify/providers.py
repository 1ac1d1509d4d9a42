"""Find Terraform's providers where the public registry can't be reached."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

MIRROR_VARIABLE = "FIREHOSE_LOGGING_TERRAFORM_MIRROR"
_PROVIDER = Path("hashicorp") / "aws"
_MACHINES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class MirrorError(Exception):
    """Say in one line why the mirror that was asked for can't be used."""


@dataclass(frozen=True)
class ProviderMirror:
    """A folder laid out as Terraform's filesystem mirror: ``<host>/<namespace>/<type>/<version>``.

    Attributes:
        folder: the mirror's root.
        host: the registry host whose providers it holds, read off the folder's name.
        found: how it was found, for the user.
    """

    folder: Path
    host: str
    found: str

    def cli_configuration(self) -> str:
        """Return the Terraform CLI configuration that takes hashicorp/aws from here."""
        source = f"{self.host}/{_PROVIDER.as_posix()}"
        return (
            "provider_installation {\n"
            "  filesystem_mirror {\n"
            f'    path    = "{self.folder.as_posix()}"\n'
            f'    include = ["{source}"]\n'
            "  }\n"
            "  direct {\n"
            f'    exclude = ["{source}"]\n'
            "  }\n"
            "}\n"
        )


def find_mirror(
    environment: Mapping[str, str] | None = None,
    roots: Iterable[Path] | None = None,
    platform_name: str | None = None,
) -> ProviderMirror | None:
    """Return the first mirror that holds hashicorp/aws for this platform, or ``None``.

    Looked at in turn: the folder that ``FIREHOSE_LOGGING_TERRAFORM_MIRROR`` names, the folders
    that Terraform implies, folders below ``/opt``.

    Args:
        environment: defaults to ``os.environ``.
        roots: folders to look at after the variable; defaults as above.
        platform_name: for example ``linux_amd64``; defaults to this machine's.

    Raises:
        MirrorError: the variable names a folder without the provider.
    """
    environment = os.environ if environment is None else environment
    wanted = platform_name or _this_platform()
    named = environment.get(MIRROR_VARIABLE)
    if named:
        mirror = _mirror_at(Path(named).expanduser().absolute(), wanted, MIRROR_VARIABLE)
        if mirror is None:
            raise MirrorError(
                f"{MIRROR_VARIABLE}={named} holds no hashicorp/aws for {wanted}; name a folder "
                f"laid out as <host>/hashicorp/aws/<version>/{wanted}/, or unset the variable"
            )
        return mirror
    candidates = _usual_roots(environment) if roots is None else roots
    for root in candidates:
        mirror = _mirror_at(root, wanted, "found without asking")
        if mirror is not None:
            return mirror
    return None


def _mirror_at(root: Path, platform_name: str, found: str) -> ProviderMirror | None:
    try:
        hosts = sorted(child for child in root.iterdir() if (child / _PROVIDER).is_dir())
    except OSError:
        return None
    for host in hosts:
        if any((host / _PROVIDER).glob(f"*/{platform_name}")):
            return ProviderMirror(folder=root, host=host.name, found=found)
    return None


def _usual_roots(environment: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environment.get("HOME", "~")).expanduser()
    yield home / ".terraform.d" / "plugins"
    yield home / ".local" / "share" / "terraform" / "plugins"
    yield Path("/usr/local/share/terraform/plugins")
    yield Path("/usr/share/terraform/plugins")
    opt = Path("/opt")
    yield opt
    for depth in ("*", "*/*"):
        yield from sorted(folder for folder in opt.glob(depth) if folder.is_dir())


def _this_platform() -> str:
    machine = platform.machine()
    return f"{platform.system().lower()}_{_MACHINES.get(machine, machine)}"


def cli_configuration_file(folder: Path, environment: Mapping[str, str] | None = None) -> Path:
    """Return a Terraform CLI configuration that works here, written to ``folder`` if need be.

    A mirror that is found comes first; then the file that TF_CLI_CONFIG_FILE names, if it is
    there; then an empty one.

    Raises:
        MirrorError: as ``find_mirror``.
    """
    environment = os.environ if environment is None else environment
    mirror = find_mirror(environment)
    own = environment.get("TF_CLI_CONFIG_FILE")
    if mirror is None and own and Path(own).is_file():
        return Path(own)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder.absolute() / "terraform.rc"
    path.write_text(mirror.cli_configuration() if mirror else "", encoding="utf-8")
    return path


def main(arguments: list[str]) -> None:
    """Print the path of a CLI configuration, written below the folder that is named."""
    try:
        path = cli_configuration_file(Path(arguments[0]))
    except MirrorError as error:
        sys.exit(str(error))
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
