"""Build the zips of the functions that Terraform uploads, byte for byte the same each time.

``python tools/function_zips.py`` writes them; with ``--check`` it names those that differ from
their sources and ends with 1.
"""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The earliest time that a zip can tell: a zip must not change because a checkout is newer.
TIMESTAMP = (1980, 1, 1, 0, 0, 0)
MODE = 0o100644 << 16

PACKAGE = ROOT / "python" / "src" / "firehose_logging"


def part_of_package(name: str) -> dict[str, Path]:
    """Return a part of the package, importable by its usual name and without the other parts.

    The package's own ``__init__`` leads to parts that are not there; this part's stands in for it.
    """
    files = (PACKAGE / name).rglob("*.py")
    part = {path.relative_to(PACKAGE.parent).as_posix(): path for path in files}
    return {f"{PACKAGE.name}/__init__.py": PACKAGE / name / "__init__.py", **part}


# Each zip with the files that it holds, by their names inside.
ZIPS: dict[Path, dict[str, Path]] = {
    ROOT / "modules/domain-setup/function.zip": part_of_package("domain_setup"),
    ROOT / "examples/transform/function/redact.zip": {
        "redact.py": ROOT / "examples/transform/function/redact.py",
    },
}


def build(members: dict[str, Path]) -> bytes:
    """Return a zip of the files, sorted, stored, without times and owners.

    Stored and not deflated: zlib's output differs between its versions.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, source in sorted(members.items()):
            entry = zipfile.ZipInfo(name, TIMESTAMP)
            entry.external_attr = MODE
            entry.create_system = 3
            archive.writestr(entry, source.read_bytes())
    return buffer.getvalue()


def main(arguments: list[str]) -> int:
    """Write the zips, or name those that differ."""
    check = "--check" in arguments
    stale = []
    for target, members in ZIPS.items():
        wanted = build(members)
        if target.is_file() and target.read_bytes() == wanted:
            continue
        stale.append(target)
        if not check:
            target.write_bytes(wanted)
    for target in stale:
        verb = "differs from its sources; run" if check else "written by"
        sys.stdout.write(f"{target} {verb} python tools/function_zips.py\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
