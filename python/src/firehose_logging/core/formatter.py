"""The default formatter."""

from __future__ import annotations

import logging
import re
import time
from typing import Any, Final

from firehose_logging.core.documents import encode_document

DEFAULT_FIELDS: Final = ("asctime", "name", "levelname", "message")
DEFAULT_DATE_FORMAT: Final = "%Y-%m-%dT%H:%M:%S%z"

_STANDARD_ATTRIBUTES: Final = frozenset(
    {
        *logging.LogRecord("", 0, "", 0, "", None, None).__dict__,
        "message",
        "asctime",
        "taskName",
    }
)
_PLAIN_RECORD_SIZE: Final = len(logging.LogRecord("", 0, "", 0, "", None, None).__dict__)
_FIELD_OF_STYLE: Final = {
    "%": re.compile(r"%\((\w+)\)"),
    "{": re.compile(r"\{(\w+)"),
    "$": re.compile(r"\$\{?(\w+)"),
}


class FirehoseJsonFormatter(logging.Formatter):
    """Format a record as one line of JSON that OpenSearch takes as it is.

    A document holds ``asctime``, ``name``, ``levelname``, ``message``, ``@timestamp`` (UTC,
    milliseconds), whatever was given as ``extra``, and ``exc_info`` and ``stack_info`` where the
    record has them. A dictionary logged as the message is merged into the document.
    """

    def __init__(
        self,
        fmt: str | None = None,
        datefmt: str | None = None,
        style: str = "%",
        validate: bool = True,  # noqa: ARG002 - logging.config passes it
    ) -> None:
        """Make a formatter.

        Args:
            fmt: A format string; the fields that it names are taken, its other text is not.
            datefmt: ``time.strftime`` format of ``asctime``, the article's by default.
            style: Style of ``fmt``: ``%``, ``{`` or ``$``.
            validate: Accepted for ``logging.config``; there is nothing to validate.

        Raises:
            ValueError: ``style`` is none of the three.
        """
        super().__init__(None, datefmt or DEFAULT_DATE_FORMAT)
        if style not in _FIELD_OF_STYLE:
            raise ValueError(f"style={style!r} must be one of '%', '{{' and '$'")
        named = _FIELD_OF_STYLE[style].findall(fmt) if fmt else ()
        self._fields = tuple(dict.fromkeys(named)) or DEFAULT_FIELDS
        self._second: tuple[int, str, str] = (-1, "", "")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's document as JSON text."""
        return self.encode(record).decode()

    def encode(self, record: logging.LogRecord) -> bytes:
        """Return the record's document as JSON in UTF-8."""
        return encode_document(self.document(record))

    def document(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return the document of ``record``; neither the record nor its values are changed."""
        asctime, timestamp = self.times(record.created)
        document: dict[str, Any] = {}
        attributes = record.__dict__
        for field in self._fields:
            if field == "message":
                _add_message(document, record)
            else:
                document[field] = asctime if field == "asctime" else attributes.get(field)
        document["@timestamp"] = timestamp
        if len(attributes) > _PLAIN_RECORD_SIZE:
            document.update(_extra_fields(attributes))
        if record.exc_info or record.exc_text or record.stack_info:
            self._add_exception(document, record)
        return document

    def _add_exception(self, document: dict[str, Any], record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[0] is not None:
            document["exc_info"] = self.formatException(record.exc_info)
        elif record.exc_text:
            document["exc_info"] = record.exc_text
        if record.stack_info:
            document["stack_info"] = self.formatStack(record.stack_info)

    def times(self, created: float) -> tuple[str, str]:
        """Return ``asctime`` and ``@timestamp`` of a moment in seconds since the epoch."""
        milliseconds = int(created * 1000)
        second, thousandths = divmod(milliseconds, 1000)
        known = self._second
        if known[0] != second:
            known = (
                second,
                time.strftime(self.datefmt or DEFAULT_DATE_FORMAT, time.localtime(second)),
                time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second)),
            )
            self._second = known
        return known[1], f"{known[2]}.{thousandths:03d}Z"


def _add_message(document: dict[str, Any], record: logging.LogRecord) -> None:
    if isinstance(record.msg, dict) and not record.args:
        document.update(record.msg)
    else:
        document["message"] = record.getMessage()


def _extra_fields(attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in attributes.items()
        if name not in _STANDARD_ATTRIBUTES and not name.startswith("_")
    }
