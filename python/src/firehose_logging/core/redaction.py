"""Take secrets out of what is logged: out of values by their names, out of text by patterns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from firehose_logging.core.plain import NO_BOUND, REDACTED, Walk, clean, describe, key_text
from firehose_logging.core.secret_names import SecretNames
from firehose_logging.core.secret_patterns import ALL, Finder, secret_patterns

if TYPE_CHECKING:
    import logging
    import re
    from collections.abc import Iterable

    from firehose_logging.core.secret_patterns import SecretPattern

__all__ = ["REDACTED", "Redaction", "make_redaction"]

_SIMPLE: Final = frozenset({str, int, float, bool, type(None)})
_JSON_BEGINS: Final = frozenset("{[")
_MOST_KEYS: Final = 4_096
_LONGEST_KEY: Final = 256
_LONGEST_JSON: Final = 1_100_000
"""Characters of a text that is read as JSON: more than a record may have."""


def make_redaction(
    names: Iterable[str], patterns: Iterable[str | re.Pattern[str]] | None
) -> Redaction | None:
    """Return what takes out secrets of these names and patterns; None where there are none.

    Args:
        names: Keys whose values go.
        patterns: Patterns of text that goes; None for those that are known, if there are names.

    Raises:
        ValueError: A pattern can't be used; the message names it.
    """
    names = tuple(names)
    if patterns is None:
        patterns = (ALL,) if names else ()
    compiled = secret_patterns(patterns)
    return Redaction(SecretNames(names), compiled) if names or compiled else None


class Redaction:
    """Replace what is secret by ``[redacted]``; where that fails, the value goes, not the secret.

    Attributes:
        names: Names whose values are secret.
    """

    def __init__(self, names: SecretNames, patterns: Iterable[SecretPattern]) -> None:
        self.names = names
        self._finder = Finder(patterns)
        self._keys: dict[str, tuple[str, bool]] = {}

    def key(self, key: str) -> tuple[str, bool]:
        """Return a key without secrets, and whether what stands there is one."""
        known = self._keys.get(key)
        if known is None:
            known = self.text(key), self.names.match(key)
            if len(self._keys) < _MOST_KEYS and len(key) < _LONGEST_KEY:
                self._keys[key] = known
        return known

    def text(self, text: str) -> str:
        """Return ``text`` without secrets; JSON is read first, so that escapes hide nothing."""
        if text.lstrip()[:1] in _JSON_BEGINS and 4 < len(text) <= _LONGEST_JSON:
            read = self._redacted_json(text)
            if read is not None:
                return read
        return self.names.redact(self._finder.redact(text, REDACTED))

    def message(self, record: logging.LogRecord) -> str:
        """Return a record's message; secrets leave its arguments before they get into it.

        Raises:
            Exception: Whatever making the message raises.
        """
        template = self._argument(record.msg)
        text = template if isinstance(template, str) else str(template)
        return text % self._arguments(record.args) if record.args else text

    def describe(self, value: Any) -> str:
        """Return the text of any value, without secrets; never raises."""
        try:
            return self.text(clean(describe(self._argument(value))))
        except Exception:  # noqa: BLE001 - whatever the value's own code raises
            return REDACTED

    def _arguments(self, arguments: Any) -> Any:
        if isinstance(arguments, tuple):
            return tuple(map(self._argument, arguments))
        if isinstance(arguments, Mapping):
            redacted = {
                name: REDACTED if self._is_secret(name) else self._argument(value)
                for name, value in arguments.items()
            }
            Walk(NO_BOUND, self).redact_what_is_named_beside(redacted)
            return redacted
        return self._argument(arguments)

    def _is_secret(self, name: Any) -> bool:
        try:
            return self.names.match(key_text(name))
        except Exception:  # noqa: BLE001 - what can't be named may have any name
            return True

    def _argument(self, value: Any) -> Any:
        """Return ``value`` as it is, unless it holds something secret."""
        if type(value) in _SIMPLE:
            return value
        walk = Walk(_LONGEST_JSON, self)
        plain = walk.plain(value)
        return plain if walk.changes or walk.lacking else value

    def _redacted_json(self, text: str) -> str | None:
        try:
            read = json.loads(text)
        except (ValueError, RecursionError):
            return None
        walk = Walk(NO_BOUND, self)
        plain = walk.plain(read)
        # Not as it was if nothing changed: of a key that comes twice only the last was read.
        return json.dumps(plain, ensure_ascii=False) if walk.changes else None
