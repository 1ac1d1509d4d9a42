"""structlog's events, rendered by the handler's formatter: every key becomes a field."""

import logging

import structlog

from firehose_logging import FirehoseHandler

logging.basicConfig(level=logging.INFO, handlers=[FirehoseHandler("logging-test")])

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.stdlib.render_to_log_kwargs,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)

log = structlog.get_logger("shop").bind(customer=7)
log.info("order placed", order=42)
try:
    {}["article"]
except KeyError:
    log.exception("order refused")
