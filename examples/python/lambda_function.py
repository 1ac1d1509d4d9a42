"""An AWS Lambda function: what it logs leaves before the process is frozen."""

import logging
from typing import Any

from firehose_logging import FirehoseHandler, flush_on_return

logger = logging.getLogger()
logger.setLevel(logging.INFO)
logger.addHandler(FirehoseHandler("logging-test"))


@flush_on_return
def handler(event: dict[str, Any], _context: Any) -> str:
    logger.info("order placed", extra={"order": event["order"]})
    return "done"
