"""Change a JSON answer on its way to the caller."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from firehose_logging.local.api import ApiAnswer


def changed(answer: ApiAnswer, change: Callable[[dict[str, Any]], None]) -> ApiAnswer:
    """Return the answer with its JSON object changed in place by ``change``."""
    document = json.loads(answer.body)
    change(document)
    return replace(answer, body=json.dumps(document).encode())
