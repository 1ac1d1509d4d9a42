"""Principal and NotPrincipal elements: whom a statement of a resource's policy is about.

Specification: IAM User Guide, "AWS JSON policy elements: Principal" and "… NotPrincipal".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from firehose_logging.local.api import Principal
from firehose_logging.local.iam.conditions import PolicyError
from firehose_logging.local.iam.context import ANONYMOUS

EVERYONE = "*"
_ACCOUNT = re.compile(r"\d{12}")
_ROOT = re.compile(r"arn:[\w-]+:iam::(\d{12}):root")
_IDENTITY = re.compile(
    r"arn:[\w-]+:(iam::\d{12}:(user|role)/.+|sts::\d{12}:(assumed-role|federated-user)/.+)"
)
# What IAM puts in place of the ARN of a user or role that was deleted: it fits nobody.
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}")
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")


class Grant(IntEnum):
    """How closely a statement names the caller, and so what still limits it.

    ``ACCOUNT`` leaves the decision to the policies of the caller's account. ``LIMITED`` allows,
    within the permissions boundary and session policies: the role's ARN, or everyone.
    ``DIRECT`` allows regardless of them: the ARN of the user or of the session itself.
    """

    NONE = 0
    ACCOUNT = 1
    LIMITED = 2
    DIRECT = 3


@dataclass(frozen=True)
class PrincipalElement:
    """A Principal element, or a NotPrincipal one."""

    aws: tuple[str, ...]
    services: tuple[str, ...]
    federated: tuple[str, ...]
    negated: bool

    def grant(self, caller: Principal, *, denies: bool) -> Grant:
        """Return how the statement names the caller, ``NONE`` when it is not about them."""
        if not self.negated:
            return self._named(caller)
        spared = self._spared_from_deny(caller) if denies else self._named(caller) != Grant.NONE
        return Grant.NONE if spared else Grant.LIMITED

    def _named(self, caller: Principal) -> Grant:
        if caller.is_service:
            named = caller.arn in self.services or EVERYONE in self.services
            return Grant.DIRECT if named or EVERYONE in self.aws else Grant.NONE
        if caller.arn in self.federated:
            return Grant.DIRECT
        return max((_aws_grant(entry, caller) for entry in self.aws), default=Grant.NONE)

    def _spared_from_deny(self, caller: Principal) -> bool:
        """Tell whether NotPrincipal lists all that the caller is.

        "AWS might validate the account first, then the role, and then the assumed-role user", so
        a denying NotPrincipal has to list each of them.
        """
        if caller.is_service or caller == ANONYMOUS or EVERYONE in self.aws:
            return self._named(caller) != Grant.NONE
        needed = {caller.arn, caller.role_arn or caller.arn}
        in_account = any(_account_of(entry) == caller.account for entry in self.aws)
        return in_account and needed <= set(self.aws)


def _aws_grant(entry: str, caller: Principal) -> Grant:
    if entry == EVERYONE:
        return Grant.LIMITED
    account = _account_of(entry)
    if account is not None:
        return Grant.ACCOUNT if account == caller.account else Grant.NONE
    if entry == caller.arn:
        return Grant.DIRECT
    return Grant.LIMITED if entry == caller.role_arn else Grant.NONE


def _account_of(entry: str) -> str | None:
    if _ACCOUNT.fullmatch(entry):
        return entry
    root = _ROOT.fullmatch(entry)
    return root[1] if root else None


def principal_element(value: object, *, negated: bool) -> PrincipalElement:
    """Read a Principal element; raise ``PolicyError`` for what can't be matched."""
    if value == EVERYONE:
        return PrincipalElement((EVERYONE,), (), (), negated)
    if not isinstance(value, Mapping) or not value:
        raise PolicyError(f'a principal is "*" or an object, not {value!r}')
    unknown = set(value) - {"AWS", "Service", "Federated"}
    if unknown:
        raise PolicyError(f"principals of type {min(unknown)!r} can't be evaluated")
    return PrincipalElement(
        aws=tuple(_checked_aws(value.get("AWS", ()))),
        services=tuple(_checked_services(value.get("Service", ()))),
        federated=tuple(_strings(value.get("Federated", ()))),
        negated=negated,
    )


def _checked_aws(value: object) -> Iterator[str]:
    for entry in _strings(value):
        known = (_ACCOUNT, _ROOT, _IDENTITY, _UNIQUE_ID)
        if entry != EVERYONE and not any(form.fullmatch(entry) for form in known):
            raise PolicyError(f"invalid principal {entry!r}")
        if entry != EVERYONE and ("*" in entry or "?" in entry):
            raise PolicyError(f"principal {entry!r}: a wildcard can't stand for a part of an ARN")
        yield entry


def _checked_services(value: object) -> Iterator[str]:
    for entry in _strings(value):
        if entry != EVERYONE and not _SERVICE.fullmatch(entry):
            raise PolicyError(f"invalid service principal {entry!r}")
        yield entry


def _strings(value: object) -> Iterator[str]:
    entries = [value] if isinstance(value, str) else value
    if not isinstance(entries, list | tuple):
        raise PolicyError(f"a principal is a string or a list of strings, not {value!r}")
    for entry in entries:
        if not isinstance(entry, str):
            raise PolicyError(f"a principal is a string, not {entry!r}")
        yield entry
