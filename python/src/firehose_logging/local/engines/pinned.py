"""Files of a Maven repository by their SHA-256, whoever served them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from firehose_logging.local.engines.base import EngineError

PINNED_KINDS = frozenset({".jar", ".pom", ".zip"})
"""What Maven runs, reads to know what else to fetch, or hands over."""

_CHUNK = 1024 * 1024


def parse_pins(text: str) -> dict[str, str]:
    """Read lines as ``sha256sum`` writes them: the digest, two spaces, the path.

    Raises:
        ValueError: a line that is none.
    """
    pins = {}
    for line in filter(None, text.splitlines()):
        digest, _, path = line.partition("  ")
        if len(bytes.fromhex(digest)) != hashlib.sha256().digest_size or not path:
            raise ValueError(f"not a digest, two spaces and a path: {line!r}")
        pins[path] = digest
    return pins


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def pinned_files(repository: Path) -> Iterator[Path]:
    """Yield the files of a repository that pins are for, in order."""
    return (path for path in sorted(repository.rglob("*")) if path.suffix in PINNED_KINDS)


def verify(repository: Path, pins: Mapping[str, str], needed: Iterable[str]) -> None:
    """Return if each file is the one whose digest is known.

    Args:
        repository: Maven's local repository.
        pins: SHA-256 by path below the repository.
        needed: paths of files that go on; one without a pin is refused. What else Maven fetched
            for itself is compared where it is known: which of it is there depends on its version.

    Raises:
        EngineError: a file is another one, or is needed and not known.
    """
    unknown = next((path for path in needed if path not in pins), None)
    if unknown is not None:
        raise EngineError(f"{unknown} has no SHA-256 in artifacts.sha256: it is not used")
    for path in pinned_files(repository):
        wanted = pins.get(path.relative_to(repository).as_posix())
        found = sha256_of(path) if wanted is not None else None
        if found != wanted:
            raise EngineError(
                f"{path} is not the file that belongs there: its SHA-256 is {found}, and {wanted} "
                f"is wanted. OpenSearch is not started. Delete {repository} and start again; if it "
                "comes back, the repository that Maven's settings.xml names serves another file"
            )
