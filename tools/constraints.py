"""Write the newest versions that fit, with the SHA-256 of each of their files, into constraints/.

``make constraints`` runs it with uv. What it writes holds for every Python from 3.10 on, and names
no index: pip asks the one that the machine is set up with, and takes no other file than these.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "constraints"
PROJECT = "python/pyproject.toml"

DEVELOPMENT = ("fast", "cli", "verify", "local", "examples", "dev")

# A file of constraints with what it is made from, each agreeing with those before it that it names.
FILES: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "build": (["constraints/build.in"], []),
    "demo": ([PROJECT, "--extra=cli", "--extra=verify", "--extra=local"], []),
    "dev": (
        [PROJECT, *(f"--extra={extra}" for extra in DEVELOPMENT)],
        ["demo"],
    ),
    "bench": ([PROJECT, "--extra=fast", "--extra=local", "--extra=bench"], ["demo"]),
    "checkov": (["constraints/checkov.in"], []),
    "tools": (["constraints/tools.in"], ["build"]),
}
OLDEST_PYTHON = "3.10"
# One of those that the handler is measured beside asks for it.
OLDEST_PYTHON_OF = {"bench": "3.11"}


def command(name: str) -> list[str]:
    """Return what writes one file."""
    sources, agreeing = FILES[name]
    return [
        *("uv", "pip", "compile", "--quiet", "--universal", "--upgrade", "--generate-hashes"),
        *("--no-config", "--no-header", "--no-annotate"),
        *("--no-emit-index-url", "--no-emit-find-links"),
        f"--python-version={OLDEST_PYTHON_OF.get(name, OLDEST_PYTHON)}",
        *sources,
        *(f"--constraint=constraints/{other}.txt" for other in agreeing),
        f"--output-file=constraints/{name}.txt",
    ]


def main() -> int:
    """Write all files."""
    for name in FILES:
        program, *arguments = command(name)
        beside_python = Path(sys.executable).parent / program
        code = subprocess.run([beside_python, *arguments], cwd=ROOT, check=False).returncode
        if code != 0:
            sys.stderr.write(f"constraints/{name}.txt could not be made; uv says why above\n")
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
