"""The article's script, letter for letter."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.local.handler.conftest import Run, Sink

ARTICLE = """\
import logging
import logging.config

config = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "standard": {
            "format": "%(asctime)s %(name)s %(levelname)s %(message)s",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
        },
        "json": {
            "format": "%(asctime)s %(name)s %(levelname)s %(message)s",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
            "class": "pythonjsonlogger.jsonlogger.JsonFormatter",
        },
    },
    "handlers": {
        "standard": {
            "class": "logging.StreamHandler",
            "formatter": "json",
        },
        "kinesis": {
            "class": "KinesisFirehoseDeliveryStreamHandler.KinesisFirehoseDeliveryStreamHandler",
            "formatter": "json",
        },
    },
    "loggers": {
        "": {
            "handlers": ["standard", "kinesis"],
            "level": logging.INFO,
        },
    },
}

logging.config.dictConfig(config)

logger = logging.getLogger(__name__)


def test():
    try:
        raise NameError("fake NameError")
    except NameError as e:
        logger.error(e, exc_info=True)


test()
"""


def test_the_articles_record_arrives_and_the_process_ends_soon(run: Run, sink: Sink) -> None:
    process = run(ARTICLE)
    assert process.returncode == 0
    (document,) = sink.documents()
    assert document["message"] == "fake NameError"
    assert document["name"] == "__main__"
    assert document["levelname"] == "ERROR"
    assert document["exc_info"].splitlines()[-1] == "NameError: fake NameError"
    assert set(document) == {"asctime", "name", "levelname", "message", "exc_info"}
    assert sink.streams == ["logging-test"]
    assert json.loads(process.stderr.splitlines()[0]) == document, "the console shows the same"
    assert process.seconds < 10, "a second or two on a machine that has nothing else to do"
