"""What tests want of a domain, and for whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from firehose_logging.domain_setup.request import SetupRequest

Prepare = Callable[[SetupRequest], SetupRequest]

WRITER = "arn:aws:iam::123456789012:role/stream"
READER = "arn:aws:iam::123456789012:role/readers"
STRANGER = "arn:aws:iam::123456789012:role/stranger"
DAY = "2026-11-22"


def request_for(index: str, **options: Any) -> SetupRequest:
    return SetupRequest(
        "localhost", "eu-west-1", index, writers=(WRITER,), readers=(READER,), **options
    )
