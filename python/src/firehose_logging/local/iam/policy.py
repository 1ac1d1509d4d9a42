"""Policy documents, read once and strictly.

Specification: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from firehose_logging.local.api import Principal
from firehose_logging.local.iam.conditions import Condition, PolicyError, condition
from firehose_logging.local.iam.context import Context
from firehose_logging.local.iam.patterns import (
    Glob,
    Template,
    Wild,
    matches_action,
    matches_arn,
    template,
)
from firehose_logging.local.iam.principals import Grant, PrincipalElement, principal_element

CURRENT_VERSION = "2012-10-17"
_VERSIONS = (CURRENT_VERSION, "2008-10-17")
_STATEMENT_ELEMENTS = frozenset(
    {
        *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
        *("Resource", "NotResource", "Condition"),
    }
)


class PolicyKind(Enum):
    """What a policy hangs on, which decides the elements that its statements have."""

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    TRUST = "role trust policy"


@dataclass(frozen=True)
class AccessRequest:
    """One action that someone wants to take.

    Attributes:
        action: for example ``s3:PutObject``.
        resource: an ARN; ``*`` for an action that has no resource; ``None`` where it isn't known
            which resource the action touches.
    """

    principal: Principal
    action: str
    resource: str | None
    context: Context


@dataclass(frozen=True)
class Statement:
    """One statement; ``place`` names it in messages."""

    place: str
    allows: bool
    actions: tuple[Glob, ...]
    actions_negated: bool
    resources: tuple[Template, ...]
    resources_negated: bool
    principals: PrincipalElement | None
    conditions: tuple[Condition, ...]

    def grant(self, request: AccessRequest) -> Grant:
        """Return how the statement names the caller of a request that it is about.

        ``NONE`` when some element doesn't fit; ``DIRECT`` in policies without principals. Raises
        ``PolicyError`` when a condition can't be evaluated.
        """
        if not self._has_action(request.action):
            return Grant.NONE
        grant = Grant.DIRECT
        if self.principals is not None:
            grant = self.principals.grant(request.principal, denies=not self.allows)
        if grant == Grant.NONE or not self._has_resource(request):
            return Grant.NONE
        return grant if self._conditions_hold(request.context) else Grant.NONE

    def _has_action(self, action: str) -> bool:
        fits = any(matches_action(glob, action) for glob in self.actions)
        return fits != self.actions_negated

    def _has_resource(self, request: AccessRequest) -> bool:
        if not self.resources:
            return True
        if request.resource is None:
            # Not knowing the resource must never open a door: denials count, allowances only if
            # they are about every resource.
            return not self.allows or (not self.resources_negated and self._names_everything())
        globs = [value.glob(request.context.single) for value in self.resources]
        if self.resources_negated and self.allows and None in globs:
            return False
        fits = any(matches_arn(glob, request.resource) for glob in globs if glob is not None)
        return fits != self.resources_negated

    def _names_everything(self) -> bool:
        return any(value.pieces == (Wild.ANY,) for value in self.resources)

    def _conditions_hold(self, context: Context) -> bool:
        if self.allows and any(each.lacks_variable(context) for each in self.conditions):
            return False
        return all(each.holds(context) for each in self.conditions)


@dataclass(frozen=True)
class Policy:
    """A policy as it is evaluated.

    Attributes:
        name: names it in messages, for example its ARN.
        problem: what keeps it from being evaluated, if anything does; then nothing is allowed
            wherever it is asked.
    """

    name: str
    kind: PolicyKind
    statements: tuple[Statement, ...]
    problem: str | None = None


def read_policy(document: str | Mapping[str, Any], kind: PolicyKind, name: str) -> Policy:
    """Read a document; what is wrong with it becomes the policy's ``problem``."""
    try:
        return parse_policy(document, kind, name)
    except PolicyError as broken:
        return Policy(name, kind, (), str(broken))


def parse_policy(document: str | Mapping[str, Any], kind: PolicyKind, name: str) -> Policy:
    """Read a document; raise ``PolicyError`` with the place of what can't be evaluated."""
    text = document if isinstance(document, str) else json.dumps(document)
    return _parsed(text, kind, name)


@lru_cache(maxsize=1024)
def _parsed(text: str, kind: PolicyKind, name: str) -> Policy:
    try:
        document = json.loads(text, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError) as broken:
        raise PolicyError(f"no JSON document: {broken}") from None
    if not isinstance(document, dict):
        raise PolicyError("a policy is a JSON object")
    _refuse_unknown(document, frozenset({"Version", "Id", "Statement"}), "the policy")
    version = document.get("Version", "2008-10-17")
    if version not in _VERSIONS:
        raise PolicyError(f"unknown version {version!r}")
    statements = document.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list):
        raise PolicyError("Statement is missing, or neither an object nor a list")
    with_variables = version == CURRENT_VERSION
    return Policy(name, kind, tuple(_statements(statements, kind, with_variables=with_variables)))


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
        raise PolicyError(f"{twice!r} stands twice in one object")
    return found


def _statements(
    statements: list[object], kind: PolicyKind, *, with_variables: bool
) -> Iterator[Statement]:
    for number, raw in enumerate(statements, start=1):
        place = f"statement {number}"
        if not isinstance(raw, dict):
            raise PolicyError(f"{place} is no object")
        if isinstance(raw.get("Sid"), str) and raw["Sid"]:
            place += f" ({raw['Sid']})"
        try:
            yield _statement(raw, kind, place, with_variables=with_variables)
        except PolicyError as broken:
            raise PolicyError(f"{place}: {broken}") from None


def _statement(
    raw: dict[str, Any], kind: PolicyKind, place: str, *, with_variables: bool
) -> Statement:
    _refuse_unknown(raw, _STATEMENT_ELEMENTS, "it")
    if raw.get("Effect") not in ("Allow", "Deny"):
        raise PolicyError(f"Effect is Allow or Deny, not {raw.get('Effect')!r}")
    actions, actions_negated = _one_of(raw, "Action", "NotAction")
    resources: tuple[Template, ...] = ()
    resources_negated = False
    if kind is PolicyKind.TRUST:
        _refuse(raw, ("Resource", "NotResource"), "a role trust policy")
    else:
        values, resources_negated = _one_of(raw, "Resource", "NotResource")
        resources = tuple(_resource(value, with_variables) for value in values)
    return Statement(
        place=place,
        allows=raw["Effect"] == "Allow",
        actions=tuple(map(_action, actions)),
        actions_negated=actions_negated,
        resources=resources,
        resources_negated=resources_negated,
        principals=_principals(raw, kind),
        conditions=tuple(_conditions(raw.get("Condition", {}), with_variables)),
    )


def _one_of(raw: dict[str, Any], element: str, opposite: str) -> tuple[list[str], bool]:
    if (element in raw) == (opposite in raw):
        raise PolicyError(f"needs either {element} or {opposite}")
    name = element if element in raw else opposite
    values = [raw[name]] if isinstance(raw[name], str) else raw[name]
    if not isinstance(values, list) or not values or not all(isinstance(v, str) for v in values):
        raise PolicyError(f"{name} is a string or a list of strings, not {raw[name]!r}")
    return values, name == opposite


def _action(text: str) -> Glob:
    service, colon, name = text.partition(":")
    if text != "*" and not (service and colon and name and ":" not in name):
        raise PolicyError(f"action {text!r} has not the form service:Action")
    glob = template(text, with_variables=False).glob(_no_variables)
    return glob if glob is not None else ()


def _no_variables(_key: str) -> None:
    return None


def _resource(text: str, with_variables: bool) -> Template:
    if text != "*" and not text.startswith("arn:"):
        raise PolicyError(f'resource {text!r} must be in ARN format or "*"')
    return template(text, with_variables=with_variables)


def _principals(raw: dict[str, Any], kind: PolicyKind) -> PrincipalElement | None:
    if kind is PolicyKind.IDENTITY:
        _refuse(raw, ("Principal", "NotPrincipal"), "an identity-based policy")
        return None
    if ("Principal" in raw) == ("NotPrincipal" in raw):
        raise PolicyError("needs either Principal or NotPrincipal")
    negated = "NotPrincipal" in raw
    return principal_element(raw["NotPrincipal" if negated else "Principal"], negated=negated)


def _conditions(block: object, with_variables: bool) -> Iterator[Condition]:
    for operator, keys in _object(block, "Condition").items():
        for key, value in _object(keys, operator).items():
            values = value if isinstance(value, list) else [value]
            if not values:
                raise PolicyError(f"{operator} of {key} has no value")
            texts = [_condition_value(each, operator, key) for each in values]
            try:
                yield condition(
                    operator, key, [template(t, with_variables=with_variables) for t in texts]
                )
            except PolicyError as broken:
                raise PolicyError(f"{operator} of {key}: {broken}") from None


def _object(value: object, name: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise PolicyError(f"{name} is an object, not {value!r}")
    return value


def _condition_value(value: object, operator: str, key: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise PolicyError(f"{operator} of {key} has the value {value!r}")


def _refuse_unknown(raw: dict[str, Any], known: frozenset[str], where: str) -> None:
    for element in raw:
        if element not in known:
            raise PolicyError(f"{where} has the unknown element {element!r}")


def _refuse(raw: dict[str, Any], elements: Iterable[str], where: str) -> None:
    for element in elements:
        if element in raw:
            raise PolicyError(f"{where} has no {element}")
