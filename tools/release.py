"""Build wheel and sdist into dist/, with a CycloneDX list of what an installation takes along.

``make release`` runs it. The list names what ``constraints/demo.txt`` installs beside the package
(handler, command, verification, local stack) and the Java archives that the local stack fetches,
each with the SHA-256 that is asked for.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
PINS = ROOT / "python/src/firehose_logging/local/engines/assembly/artifacts.sha256"


def run(*arguments: str) -> None:
    """Run a module of this Python.

    Raises:
        SystemExit: it failed; it has said why.
    """
    code = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, check=False).returncode
    if code != 0:
        sys.exit(f"{arguments[0]} failed")


def java_components() -> Iterator[dict[str, Any]]:
    """Yield the Java archives as components: ``group/…/name/version/file`` says what each is."""
    for line in PINS.read_text(encoding="utf-8").splitlines():
        digest, _, path = line.partition("  ")
        *group, name, version, file = path.split("/")
        kind = file.rpartition(".")[2]
        if kind == "pom":
            continue
        url = f"pkg:maven/{'.'.join(group)}/{name}@{version}" + (f"?type={kind}" * (kind != "jar"))
        yield {
            "bom-ref": url,
            "type": "library",
            "group": ".".join(group),
            "name": name,
            "version": version,
            "purl": url,
            "hashes": [{"alg": "SHA-256", "content": digest}],
        }


def main() -> int:
    """Build all three."""
    shutil.rmtree(DIST, ignore_errors=True)
    run("build", "--no-isolation", "--outdir", str(DIST), "python")
    (wheel,) = DIST.glob("*.whl")
    bom = DIST / f"{'-'.join(wheel.name.split('-')[:2])}.cdx.json"
    run(
        *("cyclonedx_py", "requirements", "--pyproject=python/pyproject.toml"),
        *("--output-reproducible", "--output-format=JSON", f"--output-file={bom}"),
        "constraints/demo.txt",
    )
    document = json.loads(bom.read_text(encoding="utf-8"))
    document["components"] += java_components()
    bom.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write("".join(f"dist/{path.name}\n" for path in sorted(DIST.iterdir())))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
