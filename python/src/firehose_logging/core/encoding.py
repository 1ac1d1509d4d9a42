"""Turn a log record into the bytes of one Firehose record."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from firehose_logging.core.documents import describe, encode_document, fast_encoder
from firehose_logging.core.formatter import FirehoseJsonFormatter
from firehose_logging.core.limits import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

_own_formatter = FirehoseJsonFormatter()


class RecordEncoder:
    """Encode records with one formatter, whatever it does.

    Attributes:
        formatter: The formatter as it was given; None stands for ``FirehoseJsonFormatter``.
    """

    def __init__(self, formatter: logging.Formatter | None) -> None:
        self.formatter = formatter
        self._used = formatter or _own_formatter
        # A subclass may override format alone: then its document is not to be trusted.
        self._is_own = type(self._used) is FirehoseJsonFormatter
        self._document: Callable[[logging.LogRecord], Any] = getattr(self._used, "document", str)
        self._encode_fast = fast_encoder()
        # Now, so that this module is quick to import; not with the first record that needs it, for
        # a fork may come in the middle of an import.
        from firehose_logging.core.truncation import shorten_encoded

        self._shorten = shorten_encoded

    def encode(self, record: logging.LogRecord) -> bytes:
        """Return one JSON object on one line, 1,024,000 bytes at most; never raises."""
        try:
            if self._is_own:
                data = self._encode_fast(self._document(record))
            else:
                data = one_json_object(self._used.format(_copy(record)))
        except Exception as error:  # noqa: BLE001 - whatever formatters and arguments raise
            data = self._encode_somehow(record, error)
        if len(data) > MAX_RECORD_BYTES:
            return self._shorten(data, MAX_RECORD_BYTES)
        return data

    def _encode_somehow(self, record: logging.LogRecord, error: Exception) -> bytes:
        if self._is_own:
            try:
                return encode_document(self._document(record))
            except Exception as formatting_error:  # noqa: BLE001 - as above
                error = formatting_error
        return encode_document(_document_without_formatter(record, error))


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


def _document_without_formatter(record: logging.LogRecord, error: Exception) -> dict[str, Any]:
    message = describe(record.msg)
    if record.args:
        message = f"{message} {_describe_arguments(record.args)}"
    plain = logging.LogRecord(record.name, record.levelno, "", 0, message, None, None)
    plain.levelname = record.levelname
    plain.created = record.created
    document = _own_formatter.document(plain)
    document["formatting_error"] = f"{type(error).__name__}: {describe(error)}"
    return document


def _describe_arguments(arguments: Any) -> str:
    if isinstance(arguments, tuple):
        return "(" + ", ".join(describe(argument) for argument in arguments) + ")"
    return describe(arguments)
