"""Whoever stands where Python packages are fetched from, against those who run `make`.

Each package that `make` installs is named with the SHA-256 of its files, and pip takes no other.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "constraints").glob("*.txt"))
INSTALLED: Mapping[str, tuple[str, ...]] = {
    "demo": ("cli", "verify", "local"),
    "dev": ("fast", "cli", "verify", "local", "examples", "dev"),
    "bench": ("fast", "local", "bench"),
}
EXAMPLE = "harmless"


def pinned(path: Path) -> Iterator[Requirement]:
    """Yield what a file pins, and fail where something has no hash."""
    whole = path.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in filter(None, whole.splitlines()):
        said, *hashes = re.split(r"\s+--hash=", line.strip())
        assert hashes, line
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), line
        yield Requirement(said)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_package_is_one_version_and_its_files_digests_wherever_they_come_from(
    path: Path,
) -> None:
    found = list(pinned(path))
    assert len(found) >= 4
    for requirement in found:
        assert re.fullmatch(r"==[^*,]+", str(requirement.specifier)), requirement
        assert requirement.url is None
    assert not re.search(r"://|^\s*-", path.read_text(encoding="utf-8").replace("    --hash", ""))


@pytest.mark.parametrize("name", INSTALLED)
def test_what_the_package_asks_for_is_pinned_within_what_it_asks_for(name: str) -> None:
    project = tomllib.loads((ROOT / "python" / "pyproject.toml").read_text(encoding="utf-8"))
    asked = list(project["project"]["dependencies"])
    for extra in INSTALLED[name]:
        asked += project["project"]["optional-dependencies"][extra]
    pins: dict[str, list[Requirement]] = {}
    for requirement in pinned(ROOT / "constraints" / f"{name}.txt"):
        pins.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    for wanted in map(Requirement, asked):
        found = pins.get(canonicalize_name(wanted.name), [])
        assert found, f"{wanted} is not in constraints/{name}.txt: make constraints"
        for pin in found:
            version = str(pin.specifier).removeprefix("==")
            assert wanted.specifier.contains(version, prereleases=True), f"{pin} for {wanted}"


def test_make_installs_nothing_without_a_digest() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    installs = re.findall(r"/pip (.*)", makefile)
    assert len(installs) >= 8
    for arguments in installs:
        assert re.fullmatch(
            r"\$\(LOCKED\) --requirement constraints/\w+\.txt|\$\(OURS\)", arguments
        )
    assert re.search(
        r"^LOCKED := install .*--require-hashes --no-build-isolation$", makefile, re.MULTILINE
    )
    assert re.search(r"^OURS := install .*--no-deps --no-build-isolation ", makefile, re.MULTILINE)


def wheel(folder: Path, content: str) -> Path:
    """Write the wheel of a package without dependencies."""
    path = folder / f"{EXAMPLE}-1-py3-none-any.whl"
    about = f"{EXAMPLE}-1.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{EXAMPLE}.py", content)
        archive.writestr(
            f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {EXAMPLE}\nVersion: 1\n"
        )
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return path


def test_a_wheel_that_is_another_one_is_not_installed_as_make_installs(tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "served").mkdir()
    published = wheel(tmp_path / "published", "")
    wheel(tmp_path / "served", "raise SystemExit('taken over')")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (locked,) = re.findall(r"^LOCKED := (.+)$", makefile, re.MULTILINE)
    digest = hashlib.sha256(published.read_bytes()).hexdigest()
    (tmp_path / "pins.txt").write_text(f"{EXAMPLE}==1 --hash=sha256:{digest}\n")

    def install(source: str) -> subprocess.CompletedProcess[str]:
        command = [
            sys.executable,
            "-m",
            "pip",
            *locked.split(),
            "--no-index",
            "--find-links",
            source,
        ]
        target = ["--target", str(tmp_path / "target"), "--requirement", "pins.txt"]
        return subprocess.run(
            [*command, *target], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    refused = install("served")
    assert refused.returncode != 0
    assert "DO NOT MATCH THE HASHES" in refused.stderr
    assert not (tmp_path / "target" / f"{EXAMPLE}.py").exists()
    assert install("published").returncode == 0
    assert (tmp_path / "target" / f"{EXAMPLE}.py").exists()
