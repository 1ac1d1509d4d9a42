"""Measure one thing in this process: ``python -m benchmarks.child TASK``, a ``Task`` as JSON."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module

from benchmarks.measures.base import Task


def main() -> None:
    """Print what was measured as the last line, and end at once, whatever is on its way."""
    task = Task(**json.loads(sys.argv[1]))
    measured = import_module(f"benchmarks.measures.{task.measure}").measure(task)
    print(json.dumps(measured), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
