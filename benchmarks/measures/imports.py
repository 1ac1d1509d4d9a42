"""CPU time until a fresh interpreter has imported what a program needs in order to log."""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.measures.base import Task

STATEMENTS = {
    "logging.config": "import logging.config",
    "firehose_logging": "import firehose_logging",
    "FirehoseHandler": "from firehose_logging import FirehoseHandler as H",
    "FirehoseHandler, made": "from firehose_logging import FirehoseHandler as H; H()",
    "watchtower": "import watchtower",
    "python-logstash-async": "import logstash_async.handler",
    "OpenTelemetry": (
        "from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter;"
        "from opentelemetry.instrumentation.logging.handler import LoggingHandler;"
        "from opentelemetry.sdk._logs import LoggerProvider"
    ),
    "boto3": "import boto3",
}
PROGRAM = """
import json, sys, time
before = time.process_time()
{statement}
print(json.dumps([(time.process_time() - before) * 1000, "boto3" in sys.modules]))
"""


def measure(task: Task) -> dict[str, float]:  # noqa: ARG001 - as the others
    """Import each three times, each time in an interpreter of its own; the quickest counts.

    Returns:
        Milliseconds of CPU by what is imported; ``boto3 with ours``: 1 if ours brought boto3 in.
    """
    found: dict[str, float] = {}
    for name, statement in STATEMENTS.items():
        milliseconds, has_boto3 = min(_run(PROGRAM.format(statement=statement)) for _ in range(3))
        found[name] = milliseconds
        if name == "FirehoseHandler, made":
            found["boto3 with ours"] = float(has_boto3)
    return found


def _run(program: str) -> tuple[float, bool]:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    milliseconds, has_boto3 = json.loads(done.stdout.splitlines()[-1])
    return milliseconds, has_boto3
