"""Find a Java development kit by its version, wherever it stands."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from firehose_logging.local.engines.base import EngineError

OLDEST_RELEASE = 21
"""OpenSearch 3 is compiled for Java 21."""

TRIED_RELEASE = 25
"""The newest release that this stack was run with."""

USUAL_FOLDERS = (
    "/usr/lib/jvm/*",
    "/usr/java/*",
    "/opt/java/*",
    "/opt/jdk*",
    "/usr/local/openjdk-*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home",
    "~/.jdks/*",
    "~/.sdkman/candidates/java/*",
    "~/.asdf/installs/java/*",
    "~/.local/share/mise/installs/java/*",
)

_RELEASE_LINE = re.compile(r'^JAVA_VERSION="(?:1\.)?(\d+)', re.MULTILINE)


@dataclass(frozen=True)
class Jdk:
    """A Java installation.

    Attributes:
        home: the folder that JAVA_HOME would name.
        release: the feature release, for example 21.
        source: where it was found, in words.
        has_compiler: whether ``javac`` is there, too.
    """

    home: Path
    release: int
    source: str
    has_compiler: bool

    @property
    def java(self) -> Path:
        """The launcher."""
        return self.home / "bin" / "java"

    @property
    def javac(self) -> Path:
        """The compiler."""
        return self.home / "bin" / "javac"

    @property
    def suffices(self) -> bool:
        """Whether OpenSearch runs with it."""
        return self.release >= OLDEST_RELEASE and self.has_compiler


def find_jdk(
    environment: Mapping[str, str] = os.environ, folders: Sequence[str] = USUAL_FOLDERS
) -> Jdk:
    """Return the development kit to use.

    One that JAVA_HOME or PATH names goes first where it is new enough; then the newest one up to
    ``TRIED_RELEASE``.

    Args:
        environment: JAVA_HOME and PATH are read.
        folders: glob patterns of Java homes, ``~`` allowed.

    Raises:
        EngineError: none is new enough; says which were found.
    """
    found = list(_found(environment, folders))
    fit = [jdk for jdk in found if jdk.suffices]
    if not fit:
        raise EngineError(_complaint(found))
    return min(fit, key=_order)


def _order(jdk: Jdk) -> tuple[bool, bool, int]:
    untried = jdk.release > TRIED_RELEASE
    named_by_user = jdk.source in {"JAVA_HOME", "PATH"}
    return (not named_by_user, untried, jdk.release if untried else -jdk.release)


def _complaint(found: Iterable[Jdk]) -> str:
    seen = sorted({_described(jdk) for jdk in found})
    what = "; found only " + ", ".join(seen) if seen else "; found none"
    return (
        f"OpenSearch needs a JDK {OLDEST_RELEASE} or newer{what}. Install one (for example Temurin "
        f"{TRIED_RELEASE}) or set JAVA_HOME to it, or start with --engine osmem"
    )


def _described(jdk: Jdk) -> str:
    lack = "" if jdk.has_compiler else " without javac"
    return f"Java {jdk.release}{lack} at {jdk.home}"


def _found(environment: Mapping[str, str], folders: Sequence[str]) -> Iterator[Jdk]:
    seen: set[Path] = set()
    for home, source in _candidates(environment, folders):
        resolved = home.resolve()
        if resolved in seen:
            continue
        seen.add(resolved)
        release = release_of(resolved)
        if release is not None:
            yield Jdk(resolved, release, source, (resolved / "bin" / "javac").is_file())


def _candidates(
    environment: Mapping[str, str], folders: Sequence[str]
) -> Iterator[tuple[Path, str]]:
    if environment.get("JAVA_HOME"):
        yield Path(environment["JAVA_HOME"]), "JAVA_HOME"
    on_path = shutil.which("java", path=environment.get("PATH", ""))
    if on_path:
        yield Path(on_path).resolve().parent.parent, "PATH"
    for pattern in folders:
        expanded = Path(pattern).expanduser()
        anchor = Path(expanded.anchor)
        for home in sorted(anchor.glob(str(expanded.relative_to(anchor)))):
            yield home, str(home.parent)


def release_of(home: Path) -> int | None:
    """Return the feature release that the folder's ``release`` file names, or ``None``."""
    try:
        text = (home / "release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    match = _RELEASE_LINE.search(text)
    return int(match.group(1)) if match else None
