"""S3 prefixes with expressions, and object keys (statements D3, D4, D5)."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from datetime import datetime, timezone
from random import Random

from firehose_logging.local.firehose.java_time import format_java

DELIVERY_FAILED = "AmazonOpenSearchService-failed"
PROCESSING_FAILED = "processing-failed"
RANDOM_STRING_LENGTH = 11
MAX_EVALUATED_LENGTH = 512

_EXPRESSION = re.compile(r"!\{([^}:]*):([^}]*)\}")
_UNCLOSED = re.compile(r"!\{(?![^}:]*:[^}]*\})")
_DEFAULT_TIMESTAMP = "yyyy/MM/dd/HH/"
_RANDOM_ALPHABET = string.ascii_letters + string.digits
_SAMPLE_TIME = datetime(2016, 12, 31, 23, 59, 59, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Surroundings:
    """What the expressions of a prefix are evaluated with.

    Attributes:
        oldest: arrival time of the oldest record in the object, UTC seconds since the epoch.
        random: where random strings come from.
        error_type: ``processing-failed`` or ``AmazonOpenSearchService-failed``; ``None`` for
            objects that hold records as they came.
    """

    oldest: float
    random: Random
    error_type: str | None = None


def check_prefixes(prefix: str | None, error_prefix: str | None) -> None:
    """Raise ``ValueError`` with one sentence when Firehose would refuse the two prefixes (D5)."""
    prefix = prefix or ""
    _check_expressions("Prefix", prefix)
    _check_expressions("ErrorOutputPrefix", error_prefix or "")
    if "!{firehose:error-output-type}" in prefix:
        raise ValueError(
            "Prefix must not contain the expression !{firehose:error-output-type}; "
            "it belongs in ErrorOutputPrefix"
        )
    if not error_prefix and _EXPRESSION.search(prefix):
        raise ValueError(
            "ErrorOutputPrefix must be specified when Prefix contains expressions; "
            "it must contain !{firehose:error-output-type}"
        )
    if (
        error_prefix
        and _EXPRESSION.search(error_prefix)
        and "!{firehose:error-output-type}" not in error_prefix
    ):
        raise ValueError(
            "ErrorOutputPrefix with expressions must contain !{firehose:error-output-type}"
        )


def _check_expressions(where: str, prefix: str) -> None:
    if _UNCLOSED.search(prefix):
        raise ValueError(
            f"{where} contains an expression that is not of the form !{{namespace:value}}: {prefix}"
        )
    sample = Surroundings(_SAMPLE_TIME.timestamp(), Random(0), DELIVERY_FAILED)  # noqa: S311
    try:
        length = len(_evaluate(prefix, sample))
    except ValueError as error:
        raise ValueError(f"{where} is not valid: {error}") from error
    if length > MAX_EVALUATED_LENGTH:
        raise ValueError(
            f"{where} evaluates to {length} characters; at most {MAX_EVALUATED_LENGTH} are allowed"
        )


def evaluate_prefix(prefix: str | None, error_prefix: str | None, around: Surroundings) -> str:
    """Return the folder of an object, ending as the prefix ends.

    ``Prefix`` counts for records as they came, ``ErrorOutputPrefix`` for failed ones; where the
    latter is missing, the failure's type is appended to the former.
    """
    if around.error_type is None:
        return _evaluate(_with_timestamp(prefix or ""), around)
    if error_prefix:
        return _evaluate(_with_timestamp(error_prefix), around)
    return _evaluate(_with_timestamp(f"{prefix or ''}{around.error_type}/"), around)


def object_key(folder: str, stream: str, version: int | str, oldest: float, unique: str) -> str:
    """Return the key ``<folder><stream>-<version>-yyyy-MM-dd-HH-mm-ss-<unique>``."""
    moment = datetime.fromtimestamp(oldest, timezone.utc)
    return f"{folder}{stream}-{version}-{moment:%Y-%m-%d-%H-%M-%S}-{unique}"


def _with_timestamp(prefix: str) -> str:
    if "!{timestamp:" in prefix:
        return prefix
    return f"{prefix}!{{timestamp:{_DEFAULT_TIMESTAMP}}}"


def _evaluate(prefix: str, around: Surroundings) -> str:
    moment = datetime.fromtimestamp(around.oldest, timezone.utc)

    def value(expression: re.Match[str]) -> str:
        namespace, name = expression.groups()
        if namespace == "timestamp":
            return format_java(name, moment)
        if (namespace, name) == ("firehose", "random-string"):
            return "".join(around.random.choices(_RANDOM_ALPHABET, k=RANDOM_STRING_LENGTH))
        if (namespace, name) == ("firehose", "error-output-type"):
            return around.error_type or ""
        raise ValueError(
            f"the expression {expression.group()} is not known; allowed are !{{timestamp:...}}, "
            "!{firehose:random-string} and !{firehose:error-output-type}"
        )

    return _EXPRESSION.sub(value, prefix)
