"""A WSGI application; see gunicorn_conf.py."""

import logging
import os
from collections.abc import Callable, Iterable
from typing import Any

logger = logging.getLogger("shop")
logger.info("loaded before the fork")


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    logger.info("%s requested", environ["PATH_INFO"], extra={"worker": os.getpid()})
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"done\n"]
