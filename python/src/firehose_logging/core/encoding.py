"""Turn a log record into the bytes of one Firehose record."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Final

from firehose_logging.core.documents import (
    describe,
    encode_document,
    encode_within,
    exceeds,
    fast_encoder,
    holds_containers,
)
from firehose_logging.core.formatter import FirehoseJsonFormatter
from firehose_logging.core.limits import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from firehose_logging.core.redaction import Redaction

_PLAIN: Final = 5
"""Fields of a document that has only the formatter's own, all of them text."""

_own_formatter = FirehoseJsonFormatter()


class RecordEncoder:
    """Encode records with one formatter, whatever it does.

    Attributes:
        formatter: The formatter as it was given; None stands for ``FirehoseJsonFormatter``.
        redaction: What takes secrets out, if anything does.
    """

    def __init__(self, formatter: logging.Formatter | None) -> None:
        self.formatter = formatter
        self._used = formatter or _own_formatter
        self.redaction: Redaction | None = None
        if isinstance(self._used, FirehoseJsonFormatter):
            self.redaction = self._used.redaction
        # A subclass may override format alone: then its document is not to be trusted.
        self._is_own = type(self._used) is FirehoseJsonFormatter
        self._document: Callable[[logging.LogRecord], Any] = getattr(self._used, "document", str)
        self._encode_fast = fast_encoder()
        self._is_slow = sys.modules.get("orjson") is None
        # Now, so that this module is quick to import; not with the first record that needs it, for
        # a fork may come in the middle of an import.
        from firehose_logging.core.truncation import shorten, shorten_encoded

        self._shorten, self._shorten_encoded = shorten, shorten_encoded

    def encode(self, record: logging.LogRecord) -> bytes:
        """Return one JSON object on one line, 1,024,000 bytes at most; never raises."""
        try:
            if self._is_own:
                document = self._document(record)
                try:
                    # orjson is so quick that only what is read first is looked at before, and
                    # what may be too deep for it.
                    message = document.get("message", "")
                    is_plain = len(document) <= _PLAIN and type(message) is str
                    if len(message) > MAX_RECORD_BYTES or (
                        (self._is_slow or (not is_plain and holds_containers(document)))
                        and exceeds(document, MAX_RECORD_BYTES)
                    ):
                        return self._encode_large(document)
                    data = self._encode_fast(document)
                except Exception:  # noqa: BLE001 - whatever a value's own code raises
                    return self._encode_large(document)
                return data if len(data) <= MAX_RECORD_BYTES else self._encode_large(document)
            data = one_json_object(self._used.format(_copy(record)))
        except Exception as error:  # noqa: BLE001 - whatever formatters and arguments raise
            data = encode_document(_document_without_formatter(record, error, self.redaction))
        if len(data) > MAX_RECORD_BYTES:
            return self._shorten_encoded(data, MAX_RECORD_BYTES)
        return data

    def _encode_large(self, document: dict[str, Any]) -> bytes:
        if self.redaction is not None:  # which has made it plain
            return self._shorten(document, MAX_RECORD_BYTES)
        return encode_within(document, MAX_RECORD_BYTES)


def one_json_object(text: str) -> bytes:
    """Return ``text`` as it is if it is a JSON object on one line, otherwise made into one."""
    import json

    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except _NotANumber:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    else:
        is_plain = text.isascii() and "\n" not in text and "\\ud" not in text.lower()
        if isinstance(document, dict) and is_plain:
            return text.encode()
    return encode_document(document if isinstance(document, dict) else {"message": text})


class _NotANumber(Exception):  # noqa: N818 - a signal, not an error
    """The text holds NaN or an infinity, which JSON does not know."""


def _refuse_constant(name: str) -> None:
    raise _NotANumber(name)


def _copy(record: logging.LogRecord) -> logging.LogRecord:
    """Copy what formatters are known to write to: the record and a dictionary as message."""
    copied = logging.makeLogRecord(record.__dict__)
    if isinstance(copied.msg, dict):
        copied.msg = dict(copied.msg)
    return copied


def _document_without_formatter(
    record: logging.LogRecord, error: Exception, redaction: Redaction | None
) -> dict[str, Any]:
    tell = describe if redaction is None else redaction.describe
    message = tell(record.msg)
    if record.args:
        message = f"{message} {_describe_arguments(record.args, tell)}"
    # Again, because a format and its arguments may tell together what each of them does not.
    message = tell(message)
    plain = logging.LogRecord(record.name, record.levelno, "", 0, message, None, None)
    plain.levelname = record.levelname
    plain.created = record.created
    document = _own_formatter.document(plain)
    document["formatting_error"] = f"{type(error).__name__}: {tell(error)}"
    return document


def _describe_arguments(arguments: Any, tell: Callable[[Any], str]) -> str:
    if isinstance(arguments, tuple):
        return "(" + ", ".join(tell(argument) for argument in arguments) + ")"
    return tell(arguments)
