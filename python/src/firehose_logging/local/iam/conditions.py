"""Condition operators.

Specification: IAM User Guide, "IAM JSON policy elements: Condition operators", "Multivalued
context keys" and "Evaluation logic for multiple context keys or values".
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt
from typing import Any

from firehose_logging.local.iam.context import Context
from firehose_logging.local.iam.patterns import Glob, Lookup, Template, matches, matches_arn

_FOR_ALL = "ForAllValues:"
_FOR_ANY = "ForAnyValue:"
_IF_EXISTS = "IfExists"


class PolicyError(Exception):
    """Say what in a policy can't be evaluated."""


Test = Callable[[str], bool]
# From a policy's value and the request's variables to a test of the request's value;
# None when a variable has no value.
Maker = Callable[[Template, Lookup], "Test | None"]


def _by_text(make: Callable[[str], Test]) -> Maker:
    def maker(value: Template, lookup: Lookup) -> Test | None:
        text = value.text(lookup)
        return None if text is None else make(text)

    return maker


def _by_glob(fits: Callable[[Glob, str], bool]) -> Maker:
    def maker(value: Template, lookup: Lookup) -> Test | None:
        glob = value.glob(lookup)
        return None if glob is None else lambda text: fits(glob, text)

    return maker


def _compared(read: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Maker:
    def make(wanted_text: str) -> Test:
        wanted = read(wanted_text)
        return lambda text: compare(read(text), wanted)

    return _by_text(make)


def _string(text: str) -> str:
    return text


def _lower(text: str) -> str:
    return text.lower()


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise PolicyError(f"{text!r} is no number")
    return number


def _date(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(text), timezone.utc)
    except (ValueError, OverflowError, OSError):
        pass
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise PolicyError(f"{text!r} is neither an ISO 8601 date nor epoch seconds") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _boolean(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise PolicyError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _binary(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise PolicyError(f"{text!r} is not base64") from None


def _in_network(wanted_text: str) -> Test:
    try:
        network = ip_network(wanted_text, strict=False)
    except ValueError:
        raise PolicyError(f"{wanted_text!r} is no IP address or range") from None

    def test(text: str) -> bool:
        try:
            return ip_address(text) in network
        except ValueError:
            raise PolicyError(f"the request's address {text!r} is no IP address") from None

    return test


@dataclass(frozen=True)
class _Operator:
    maker: Maker
    negated: bool = False


_EQUALS = _compared(_string, eq)
_EQUALS_IGNORE_CASE = _compared(_lower, eq)
_LIKE = _by_glob(matches)
_ARN_LIKE = _by_glob(matches_arn)
_IN_NETWORK = _by_text(_in_network)

_OPERATORS: Mapping[str, _Operator] = {
    "StringEquals": _Operator(_EQUALS),
    "StringNotEquals": _Operator(_EQUALS, negated=True),
    "StringEqualsIgnoreCase": _Operator(_EQUALS_IGNORE_CASE),
    "StringNotEqualsIgnoreCase": _Operator(_EQUALS_IGNORE_CASE, negated=True),
    "StringLike": _Operator(_LIKE),
    "StringNotLike": _Operator(_LIKE, negated=True),
    "ArnEquals": _Operator(_ARN_LIKE),
    "ArnLike": _Operator(_ARN_LIKE),
    "ArnNotEquals": _Operator(_ARN_LIKE, negated=True),
    "ArnNotLike": _Operator(_ARN_LIKE, negated=True),
    "NumericEquals": _Operator(_compared(_number, eq)),
    "NumericNotEquals": _Operator(_compared(_number, eq), negated=True),
    "NumericLessThan": _Operator(_compared(_number, lt)),
    "NumericLessThanEquals": _Operator(_compared(_number, le)),
    "NumericGreaterThan": _Operator(_compared(_number, gt)),
    "NumericGreaterThanEquals": _Operator(_compared(_number, ge)),
    "DateEquals": _Operator(_compared(_date, eq)),
    "DateNotEquals": _Operator(_compared(_date, eq), negated=True),
    "DateLessThan": _Operator(_compared(_date, lt)),
    "DateLessThanEquals": _Operator(_compared(_date, le)),
    "DateGreaterThan": _Operator(_compared(_date, gt)),
    "DateGreaterThanEquals": _Operator(_compared(_date, ge)),
    "Bool": _Operator(_compared(_boolean, eq)),
    "BinaryEquals": _Operator(_compared(_binary, eq)),
    "IpAddress": _Operator(_IN_NETWORK),
    "NotIpAddress": _Operator(_IN_NETWORK, negated=True),
}


@dataclass(frozen=True)
class Condition:
    """One operator on one key, with the values of which one must fit."""

    name: str
    key: str
    values: tuple[Template, ...]
    _operator: _Operator | None
    _for_each: str
    _if_exists: bool
    _tests: tuple[Test | None, ...] = field(compare=False)

    def holds(self, context: Context) -> bool:
        """Tell whether the condition is met; raise ``PolicyError`` when that can't be told."""
        present = context.values_of(self.key)
        if self._operator is None:
            return any(_boolean(value.source) != bool(present) for value in self.values)
        if not present:
            return self._without_key(self._operator)
        fits = self._fits(self._operator, context)
        if self._for_each == _FOR_ALL:
            return all(map(fits, present))
        if self._for_each == _FOR_ANY:
            return any(map(fits, present))
        if len(present) > 1:
            raise PolicyError(
                f"{self.key} has {len(present)} values, so {self.name} needs "
                f"{_FOR_ALL} or {_FOR_ANY}"
            )
        return fits(present[0])

    def lacks_variable(self, context: Context) -> bool:
        """Tell whether some value names a variable that the request does not have."""
        return any(value.glob(context.single) is None for value in self.values)

    def _without_key(self, operator: _Operator) -> bool:
        if self._if_exists or self._for_each == _FOR_ALL:
            return True
        return operator.negated and self._for_each != _FOR_ANY

    def _fits(self, operator: _Operator, context: Context) -> Test:
        made = (
            ready or operator.maker(value, context.single)
            for ready, value in zip(self._tests, self.values, strict=True)
        )
        tests = [test for test in made if test is not None]
        return lambda text: any(test(text) for test in tests) != operator.negated


def condition(name: str, key: str, values: Sequence[Template]) -> Condition:
    """Read one condition; raise ``PolicyError`` for an unknown operator or a wrong value."""
    base, for_each = name, ""
    for prefix in (_FOR_ALL, _FOR_ANY):
        if name.startswith(prefix):
            base, for_each = name.removeprefix(prefix), prefix
    if base == "Null" and not for_each:
        for value in values:
            _boolean(value.source)
        return Condition(name, key, tuple(values), None, "", _if_exists=False, _tests=())
    if_exists = base.endswith(_IF_EXISTS)
    operator = _OPERATORS.get(base.removesuffix(_IF_EXISTS))
    if operator is None:
        raise PolicyError(f"unknown condition operator {name!r}")
    tests = tuple(
        operator.maker(value, _no_variables) if value.is_constant else None for value in values
    )
    return Condition(name, key, tuple(values), operator, for_each, if_exists, tests)


def _no_variables(_key: str) -> None:
    return None
