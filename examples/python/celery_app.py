"""A Celery application whose workers send what their tasks log.

Celery's prefork workers end without running exit handlers, so each is told to close the handler.
Start it with ``celery -A celery_app worker``.
"""

import logging
import os

from celery import Celery
from celery.signals import setup_logging, worker_process_shutdown

from firehose_logging import FirehoseHandler

app = Celery("shop", broker=os.environ.get("CELERY_BROKER", "redis://localhost"))
logger = logging.getLogger("shop")
firehose = FirehoseHandler("logging-test")


@setup_logging.connect
def configure_logging(**_: object) -> None:
    logging.basicConfig(level=logging.INFO, handlers=[firehose])


@worker_process_shutdown.connect
def send_the_rest(**_: object) -> None:
    firehose.close()


@app.task
def ship(order: int) -> None:
    logger.info("order %d shipped", order, extra={"order": order})
