"""Run the module's own tests (``tests/*.tftest.hcl``) with Terraform and with OpenTofu.

``python tools/module_tests.py [OPTIONS]`` runs ``init`` and ``test`` in a copy of the module,
below ``.cache/module-tests``, with the binary that ``TERRAFORM`` names or that is found on PATH,
and then with an OpenTofu on PATH where that is another one: each locks its providers in a file of
the same name. OPTIONS go to ``test``, for example ``-filter=tests/domain.tftest.hcl``. Ends with 1
where a test fails.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from firehose_logging.verify.binary import Binary, TerraformError, command_environment, find_both
from firehose_logging.verify.providers import MirrorError

ROOT = Path(__file__).resolve().parent.parent
SCRATCH = ROOT / ".cache" / "module-tests"
LEFT_BEHIND = shutil.ignore_patterns(".terraform*", "terraform.tfstate*", "__pycache__")


def copied(binary: Binary) -> Path:
    """Return a fresh copy of the module and its tests; the provider of an earlier run stays."""
    copy = SCRATCH / binary.command
    for folder in ("examples", "modules", "tests"):
        shutil.rmtree(copy / folder, ignore_errors=True)
    for folder in ("examples", "modules"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=LEFT_BEHIND)
    for old in copy.glob("*.tf"):
        old.unlink()
    for source in [
        *ROOT.glob("*.tf"),
        *ROOT.glob("tests/*.tftest.hcl"),
        *ROOT.glob("tests/*/*.tf"),
    ]:
        target = copy / source.relative_to(ROOT)
        target.parent.mkdir(exist_ok=True)
        shutil.copy(source, target)
    return copy


def passes(binary: Binary, options: list[str]) -> bool:
    """Run the tests with one binary, print what it says, and return whether all passed."""
    sys.stdout.write(f"\n{binary.command} test, with {binary} ({binary.path})\n")
    copy = copied(binary)
    environment = command_environment(copy, is_alone=True)
    # A lock file of an earlier run may ask for another version than a mirror holds now.
    (copy / ".terraform.lock.hcl").unlink(missing_ok=True)
    for arguments in (["init", "-backend=false", "-no-color"], ["test", "-no-color", *options]):
        answer = binary.run(arguments, copy, environment)
        if arguments[0] == "test" or answer.returncode != 0:
            sys.stdout.write(answer.stdout + answer.stderr)
        if answer.returncode != 0:
            return False
    return True


def main(options: list[str]) -> int:
    """Run the tests with each binary; return the exit code."""
    try:
        results = [passes(binary, options) for binary in find_both()]
    except (TerraformError, MirrorError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return int(not all(results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
