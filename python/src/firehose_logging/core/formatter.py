"""The default formatter."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from firehose_logging.core.documents import encode_document
from firehose_logging.core.limits import MAX_RECORD_BYTES
from firehose_logging.core.plain import MARK, bounded_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firehose_logging.core.redaction import Redaction

T = TypeVar("T")

DEFAULT_FIELDS: Final = ("asctime", "name", "levelname", "message")
DEFAULT_DATE_FORMAT: Final = "%Y-%m-%dT%H:%M:%S%z"

OWN_FIELDS: Final = frozenset({"asctime", "name", "levelname", "@timestamp"})
"""Fields that only the formatter writes, so that what they say can be relied on."""

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
    active. A dictionary logged as the message is merged into the document. What it or ``extra``
    holds under the name of a field that only the formatter writes (the first three and
    ``@timestamp``; process, thread and host where they are included) gets an underscore at the
    end of that name.
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
        redact_patterns: Iterable[str | re.Pattern[str]] | None = None,
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
            redact: Names whose values are replaced by ``[redacted]``: the keys of mappings,
                pairs, headers and objects at any depth, and in text what follows as in
                ``password=…``, ``"password": "…"``. Case does not matter, nor what stands
                between words; ``password`` is in ``user_password`` and ``PGPASSWORD`` too, but
                not in ``passwords``.
            redact_patterns: Regular expressions of what is replaced in every text, or the names
                of known ones: ``aws_keys``, ``bearer_tokens``, ``jwts``, ``url_passwords``,
                ``private_keys``, and ``default`` for all of these, which apply with ``redact``
                if this is not given. Of one with a group ``secret`` only that group is replaced.

        Raises:
            ValueError: ``style``, ``include``, ``redact`` or ``redact_patterns`` holds something
                else; the message names it.
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
        self._own_fields = OWN_FIELDS.union(
            self._attributes, ["host"] if "host" in included else []
        )
        self.redaction = _redaction(redact, redact_patterns)
        self._is_simple = (
            self._fields is DEFAULT_FIELDS and not self._static and self.redaction is None
        )
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
            extra = _extra_fields(attributes)
            if self._own_fields.isdisjoint(extra):
                document.update(extra)
            else:
                self._add(document, extra)
        if has_exception:
            self._add_exception(document, record)
        if self._attributes:
            document.update({name: attributes.get(name) for name in self._attributes})
        if "opentelemetry.trace" in sys.modules:
            document.update(_active_span())
        return document if self.redaction is None else self._redacted(document, self.redaction)

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
                self._add_message(document, record)
            elif field == "asctime":
                document[field] = asctime
            else:
                document[field] = record.__dict__.get(field)
        return document

    def _add_message(self, document: dict[str, Any], record: logging.LogRecord) -> None:
        if isinstance(record.msg, dict) and not record.args:
            self._add(document, record.msg)
        elif self.redaction is not None:
            document["message"] = self.redaction.message(record)
        else:
            document["message"] = record.getMessage()

    def _add(self, document: dict[str, Any], fields: Mapping[str, Any]) -> None:
        """Add what the program gave, without overwriting what only the formatter writes."""
        clashing = [name for name in self._own_fields if name in fields]
        own = {name: document[name] for name in clashing if name in document}
        document.update(fields)
        for name in clashing:
            free = f"{name}_"
            while free in document:
                free += "_"
            document[free] = document.pop(name)
        document.update(own)

    def _redacted(self, document: dict[str, Any], redaction: Redaction) -> dict[str, Any]:
        plain, lacking = bounded_document(document, MAX_RECORD_BYTES, redaction, OWN_FIELDS)
        return {**plain, MARK: lacking} if lacking else plain

    def _add_exception(self, document: dict[str, Any], record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[0] is not None:
            document["exc_info"] = self.formatException(record.exc_info)
        elif record.exc_text:
            document["exc_info"] = record.exc_text
        if record.stack_info:
            document["stack_info"] = self.formatStack(record.stack_info)


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


def _redaction(
    names: Iterable[str], patterns: Iterable[str | re.Pattern[str]] | None
) -> Redaction | None:
    names = _words("redact", names)
    if patterns is not None:
        patterns = _list("redact_patterns", patterns)
    if not names and not patterns:
        return None
    # Late, because many do without.
    from firehose_logging.core.redaction import make_redaction

    return make_redaction(names, patterns)


def _words(parameter: str, words: Iterable[str]) -> tuple[str, ...]:
    listed = _list(parameter, words)
    for word in listed:
        if not isinstance(word, str) or not word.strip():
            raise ValueError(f"{parameter}={word!r} is not allowed: it must hold names")
    return listed


def _list(parameter: str, items: Iterable[T]) -> tuple[T, ...]:
    if isinstance(items, (str, bytes)) or not isinstance(items, Iterable):
        raise ValueError(f"{parameter}={items!r} is not allowed: it must be a list")  # noqa: TRY004 - configuration errors are ValueErrors
    return tuple(items)


def _host_name() -> str:
    import socket

    return socket.gethostname()
