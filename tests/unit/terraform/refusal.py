"""What a wrong value of an input is refused with, and names that several of them share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """A value that must be refused, and what the message must say of it."""

    value: dict[str, Any]
    says: tuple[str, ...]

    def __str__(self) -> str:
        return json.dumps(self.value)


def refused(value: dict[str, Any], *says: str) -> Refusal:
    return Refusal(value, says)


ERROR_TYPE = "!{firehose:error-output-type}"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:redact:1"
