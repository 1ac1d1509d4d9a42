"""Where a run took place."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator
from importlib.metadata import distributions, version
from pathlib import Path

DISTRIBUTIONS = (
    "firehose-logging",
    "boto3",
    "orjson",
    "python-json-logger",
    "watchtower",
    "python-logstash-async",
    "opentelemetry-sdk",
    "opentelemetry-exporter-otlp-proto-http",
)


def describe_machine() -> str:
    """Return processor, cores, memory, system and Python in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release().split('-')[0]}, "
        f"{platform.python_implementation()} {platform.python_version()}"
    )


def versions(names: Iterable[str] = DISTRIBUTIONS) -> Iterator[tuple[str, str]]:
    """Return what is installed of what was measured."""
    installed = {distribution.name for distribution in distributions()}
    return ((name, version(name)) for name in names if name in installed)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
