"""Ask pip-audit what is known to be vulnerable in constraints/, and say where it can't tell.

``make audit`` runs it. Ends with 0 where nothing is known, with 1 where something is, and with 3
where pip-audit could not reach its index, so that nothing was checked.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 300


def audited(path: Path) -> dict[str, Any]:
    """Return pip-audit's report on one file.

    Raises:
        ConnectionError: it made none; its last words are in the message.
    """
    command = [
        *(sys.executable, "-m", "pip_audit", "--progress-spinner=off", "--format=json"),
        *("--disable-pip", "--require-hashes", f"--requirement={path}"),
    ]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise ConnectionError(f"no answer within {SECONDS} s") from None
    try:
        return dict(json.loads(answer.stdout))
    except ValueError:
        words = answer.stderr.strip().splitlines() or ["no report"]
        raise ConnectionError(words[-1][:300]) from None


def main() -> int:
    """Audit every file of constraints."""
    found = 0
    for path in sorted((ROOT / "constraints").glob("*.txt")):
        try:
            report = audited(path)
        except ConnectionError as error:
            sys.stderr.write(f"{path.name}: NOT CHECKED, pip-audit can't tell: {error}\n")
            return 3
        for package in report["dependencies"]:
            for known in package.get("vulns", []):
                found += 1
                fixed = ", ".join(known["fix_versions"]) or "no version yet"
                name = f"{package['name']} {package['version']}"
                sys.stdout.write(f"{path.name}: {name}: {known['id']}, mended in {fixed}\n")
        sys.stdout.write(f"{path.name}: {len(report['dependencies'])} packages looked up\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
