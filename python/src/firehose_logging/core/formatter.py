"""The default formatter."""

from __future__ import annotations

import logging
import re
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from firehose_logging.core.documents import encode_document, make_plain
from firehose_logging.core.redaction import redact as redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEFAULT_FIELDS: Final = ("asctime", "name", "levelname", "message")
DEFAULT_DATE_FORMAT: Final = "%Y-%m-%dT%H:%M:%S%z"

_INCLUDABLE: Final = {
    "process": ("process", "processName"),
    "thread": ("thread", "threadName"),
    "host": ("host",),
}
_PLAIN_ATTRIBUTES: Final = logging.LogRecord("", 0, "", 0, "", None, None).__dict__
_STANDARD_ATTRIBUTES: Final = frozenset({*_PLAIN_ATTRIBUTES, "message", "asctime", "taskName"})
_PLAIN_RECORD_SIZE: Final = len(_PLAIN_ATTRIBUTES)
_MILLISECONDS: Final = tuple(f".{number:03d}Z" for number in range(1000))
_FIELD_OF_STYLE: Final = {"%": r"%\((\w+)\)", "{": r"\{(\w+)", "$": r"\$\{?(\w+)"}


class FirehoseJsonFormatter(logging.Formatter):
    """Format a record as one line of JSON that OpenSearch takes as it is.

    A document holds ``asctime``, ``name``, ``levelname``, ``message``, ``@timestamp`` (UTC,
    milliseconds), whatever was given as ``extra`` with its type, ``exc_info`` and ``stack_info``
    where the record has them, and ``trace_id`` and ``span_id`` while an OpenTelemetry span is
    active. A dictionary logged as the message is merged into the document.
    """

    def __init__(
        self,
        fmt: str | None = None,
        datefmt: str | None = None,
        style: str = "%",
        validate: bool = True,  # noqa: ARG002 - logging.config passes it
        *,
        static_fields: Mapping[str, Any] | None = None,
        include: Iterable[str] = (),
        redact: Iterable[str] = (),
    ) -> None:
        """Make a formatter.

        Args:
            fmt: A format string; the fields that it names are taken, its other text is not.
            datefmt: ``time.strftime`` format of ``asctime``, the article's by default.
            style: Style of ``fmt``: ``%``, ``{`` or ``$``.
            validate: Accepted for ``logging.config``; there is nothing to validate.
            static_fields: Fields of every document, such as ``service`` and ``env``. A field of
                the record's own with the same name wins.
            include: Any of ``process``, ``thread`` (each a number and a name) and ``host``.
            redact: Keys whose values are replaced by ``[redacted]``, at any depth, whatever
                their case.

        Raises:
            ValueError: ``style`` or ``include`` holds something else; the message names it.
        """
        super().__init__(None, datefmt or DEFAULT_DATE_FORMAT)
        if style not in _FIELD_OF_STYLE:
            raise ValueError(f"style={style!r} is not allowed: it must be '%', '{{' or '$'")
        named = re.findall(_FIELD_OF_STYLE[style], fmt) if fmt else ()
        self._fields = tuple(dict.fromkeys(named)) or DEFAULT_FIELDS
        included = _words("include", include)
        for name in included:
            if name not in _INCLUDABLE:
                raise ValueError(
                    f"include={name!r} is not allowed: it must hold any of {', '.join(_INCLUDABLE)}"
                )
        self._attributes = tuple(
            attribute for name in included if name != "host" for attribute in _INCLUDABLE[name]
        )
        self._static = dict(static_fields or {})
        if "host" in included:
            self._static["host"] = _host_name()
        self._is_simple = self._fields is DEFAULT_FIELDS and not self._static
        self._redact = frozenset(name.lower() for name in _words("redact", redact))
        self._second: tuple[int, str, str] = (-1, "", "")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's document as JSON text."""
        return encode_document(self.document(record)).decode()

    def document(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return the document of ``record``; neither the record nor its values are changed."""
        created = record.created
        second = int(created)
        known, asctime, timestamp = self._second
        if known != second:
            asctime, timestamp = self._begin_second(second)
        timestamp += _MILLISECONDS[int((created - second) * 1000)]
        document: dict[str, Any]
        if self._is_simple and type(record.msg) is str:
            document = {
                "asctime": asctime,
                "name": record.name,
                "levelname": record.levelname,
                "message": record.getMessage(),
                "@timestamp": timestamp,
            }
        else:
            document = self._named_fields(record, asctime)
            document["@timestamp"] = timestamp
        has_exception = record.exc_info or record.exc_text or record.stack_info
        # Only now: CPython reads attributes more slowly once the dictionary has been asked for.
        attributes = record.__dict__
        if len(attributes) > _PLAIN_RECORD_SIZE:
            document.update(_extra_fields(attributes))
        if has_exception:
            self._add_exception(document, record)
        if self._attributes:
            document.update({name: attributes.get(name) for name in self._attributes})
        if "opentelemetry.trace" in sys.modules:
            document.update(_active_span())
        return redacted(make_plain(document), self._redact) if self._redact else document

    def _begin_second(self, second: int) -> tuple[str, str]:
        asctime = time.strftime(self.datefmt or DEFAULT_DATE_FORMAT, time.localtime(second))
        timestamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        # In one piece, for other threads are reading it.
        self._second = (second, asctime, timestamp)
        return asctime, timestamp

    def _named_fields(self, record: logging.LogRecord, asctime: str) -> dict[str, Any]:
        document = dict(self._static)
        for field in self._fields:
            if field == "message":
                _add_message(document, record)
            elif field == "asctime":
                document[field] = asctime
            else:
                document[field] = record.__dict__.get(field)
        return document

    def _add_exception(self, document: dict[str, Any], record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[0] is not None:
            document["exc_info"] = self.formatException(record.exc_info)
        elif record.exc_text:
            document["exc_info"] = record.exc_text
        if record.stack_info:
            document["stack_info"] = self.formatStack(record.stack_info)


def _add_message(document: dict[str, Any], record: logging.LogRecord) -> None:
    if isinstance(record.msg, dict) and not record.args:
        document.update(record.msg)
    else:
        document["message"] = record.getMessage()


def _extra_fields(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in attributes.items()
        if name not in _STANDARD_ATTRIBUTES and not name.startswith("_")
    }


def _active_span() -> dict[str, str]:
    trace: Any = sys.modules["opentelemetry.trace"]
    try:
        context = trace.get_current_span().get_span_context()
        if not context.is_valid:
            return {}
        return {
            "trace_id": trace.format_trace_id(context.trace_id),
            "span_id": trace.format_span_id(context.span_id),
        }
    except AttributeError:
        return {}  # it is being imported


def _words(parameter: str, words: Iterable[str]) -> tuple[str, ...]:
    if isinstance(words, str):
        raise ValueError(f"{parameter}={words!r} is not allowed: it must be a list of names")  # noqa: TRY004 - configuration errors are ValueErrors
    return tuple(words)


def _host_name() -> str:
    import socket

    return socket.gethostname()
