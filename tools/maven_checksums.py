"""Write down the SHA-256 of what OpenSearch is assembled from.

``python tools/maven_checksums.py REPOSITORY`` reads a local Maven repository that an assembly has
just been made from (``maven`` in its folder) and writes ``assembly/artifacts.sha256``. Whoever
changes ``artifacts.txt`` does that over a network that they trust, and compares what is new with
what the projects publish: from then on every other machine takes these very files or none.
"""

from __future__ import annotations

import sys
from pathlib import Path

from firehose_logging.local.engines.pinned import pinned_files, sha256_of

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "python/src/firehose_logging/local/engines/assembly/artifacts.sha256"


def main(arguments: list[str]) -> int:
    """Write the file."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.exit(__doc__)
    repository = Path(arguments[0])
    lines = [
        f"{sha256_of(path)}  {path.relative_to(repository).as_posix()}\n"
        for path in pinned_files(repository)
    ]
    PINS.write_text("".join(lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
