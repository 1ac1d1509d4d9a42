"""Find Terraform's providers where the public registry can't be reached."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
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

    @property
    def source(self) -> str:
        """The provider's source address, with the host."""
        return f"{self.host}/{_PROVIDER.as_posix()}"


def find_mirrors(
    environment: Mapping[str, str] | None = None,
    roots: Iterable[Path] | None = None,
    platform_name: str | None = None,
) -> list[ProviderMirror]:
    """Return the first mirror of each registry host that holds hashicorp/aws for this platform.

    Terraform and OpenTofu each ask for the provider under their own registry's host name.
    Looked at in turn: the folder that ``FIREHOSE_LOGGING_TERRAFORM_MIRROR`` names, and no other
    then; the folders that Terraform implies, folders below ``/opt``.

    Args:
        environment: defaults to ``os.environ``.
        roots: folders to look at where the variable is not set; defaults as above.
        platform_name: for example ``linux_amd64``; defaults to this machine's.

    Raises:
        MirrorError: the variable names a folder without the provider.
    """
    environment = os.environ if environment is None else environment
    wanted = platform_name or _this_platform()
    named = environment.get(MIRROR_VARIABLE)
    if named:
        mirrors = list(_mirrors_at(Path(named).expanduser().absolute(), wanted, MIRROR_VARIABLE))
        if not mirrors:
            raise MirrorError(
                f"{MIRROR_VARIABLE}={named} holds no hashicorp/aws for {wanted}; name a folder "
                f"laid out as <host>/hashicorp/aws/<version>/{wanted}/, or unset the variable"
            )
        return mirrors
    by_host: dict[str, ProviderMirror] = {}
    for root in _usual_roots(environment) if roots is None else roots:
        for mirror in _mirrors_at(root, wanted, "found without asking"):
            by_host.setdefault(mirror.host, mirror)
    return list(by_host.values())


def cli_configuration(mirrors: Sequence[ProviderMirror]) -> str:
    """Return the CLI configuration that takes hashicorp/aws from these mirrors."""
    if not mirrors:
        return ""
    sources = ", ".join(f'"{mirror.source}"' for mirror in mirrors)
    blocks = "".join(
        "  filesystem_mirror {\n"
        f'    path    = "{mirror.folder.as_posix()}"\n'
        f'    include = ["{mirror.source}"]\n'
        "  }\n"
        for mirror in mirrors
    )
    direct = f"  direct {{\n    exclude = [{sources}]\n  }}\n"
    return f"provider_installation {{\n{blocks}{direct}}}\n"


def _mirrors_at(root: Path, platform_name: str, found: str) -> Iterator[ProviderMirror]:
    try:
        hosts = sorted(child for child in root.iterdir() if (child / _PROVIDER).is_dir())
    except OSError:
        return
    for host in hosts:
        if any((host / _PROVIDER).glob(f"*/{platform_name}")):
            yield ProviderMirror(folder=root, host=host.name, found=found)


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

    Mirrors that are found come first; then the file that TF_CLI_CONFIG_FILE names, if it is
    there; then an empty one.

    Raises:
        MirrorError: as ``find_mirrors``.
    """
    environment = os.environ if environment is None else environment
    mirrors = find_mirrors(environment)
    own = environment.get("TF_CLI_CONFIG_FILE")
    if not mirrors and own and Path(own).is_file():
        return Path(own)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder.absolute() / "terraform.rc"
    path.write_text(cli_configuration(mirrors), encoding="utf-8")
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
