"""Servers that run as processes of their own beside a measurement."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def running_helper(module: str, *arguments: str) -> Iterator[int]:
    """Run a module of this package that prints its port first; yield the port.

    Raises:
        RuntimeError: it ended without a port.
    """
    command = [sys.executable, "-m", f"benchmarks.stack.{module}", *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline()
            if not port:
                raise RuntimeError(f"{module} ended at once")
            yield int(port)
        finally:
            process.kill()
