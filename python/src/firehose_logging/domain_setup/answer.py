"""Read what a domain answered: what it means, and what would mend it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

_REASON_LENGTH = 300


@dataclass(frozen=True)
class Call:
    """One HTTP call to a domain.

    Attributes:
        method: ``GET``, ``PUT``, …
        path: begins with a slash; names in it need no escaping.
        query: parameters as they are, not yet escaped.
        document: the JSON body, or ``None`` for none.
        headers: besides those that every call has.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What came back, whatever it says."""

    call: Call
    status: int
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the call did what it says."""
        return 200 <= self.status < 300

    @cached_property
    def document(self) -> Any:
        """The body as JSON; ``None`` where it is something else, such as a proxy's HTML page."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def mapping(self) -> Mapping[str, Any]:
        """The body as a JSON object; empty where it is something else."""
        return self.document if isinstance(self.document, Mapping) else {}

    @property
    def reason(self) -> str:
        """The domain's own words, in one line of at most 300 characters."""
        text = " ".join((_reason(self.document) or self.body.decode("utf-8", "replace")).split())
        return text if len(text) <= _REASON_LENGTH else f"{text[: _REASON_LENGTH - 1]}…"

    def __str__(self) -> str:
        """Return call, status and reason in one line."""
        return f"{self.call.method} {self.call.path} answered {self.status} ({self.reason})"


class ConnectionFailure(Exception):  # noqa: N818  # names what happened, as botocore's do
    """Say why no answer came.

    Attributes:
        may_pass: whether the same call may succeed later without anyone doing anything.
    """

    def __init__(self, call: Call, reason: str, *, may_pass: bool) -> None:
        super().__init__(f"{call.method} {call.path} got no answer ({' '.join(reason.split())})")
        self.may_pass = may_pass


def is_lacking(answer: Answer) -> bool:
    """Return whether the answer says that the domain does not have this API at all.

    A plain engine has no route for it (400, 405, or 404 without a JSON object that explains it);
    Amazon's domains answer 401 "Your request: '…' is not allowed" where a feature is off.
    """
    if answer.status == 400:
        return "no handler found for uri" in answer.reason
    if answer.status == 401:
        return answer.reason.startswith("Your request:") and "not allowed" in answer.reason
    if answer.status == 404:
        return not answer.mapping
    return answer.status in {405, 501}


def is_refused_by_iam(answer: Answer) -> bool:
    """Return whether IAM or the domain's access policy refused the caller.

    It may be that a role or policy made a moment ago has not spread yet.
    """
    return answer.status in {401, 403} and "is not authorized to perform" in answer.reason


def remedy(answer: Answer) -> str:
    """Return what would mend a call that failed, as the end of a sentence."""
    for fits, advice in _REMEDIES:
        if fits(answer):
            return advice
    return "look at the domain's health and error log, then run the set-up again"


def _is_signature(answer: Answer) -> bool:
    return answer.status in {401, 403} and any(
        word in answer.reason for word in ("signature", "Credential", "security token", "expired")
    )


_REMEDIES = (
    (
        is_refused_by_iam,
        "allow the caller es:ESHttp* on it, in the caller's policy and in the domain's",
    ),
    (_is_signature, "check that region is the domain's, and that the credentials are valid"),
    (
        lambda answer: answer.status in {401, 403},
        "make the caller's ARN the domain's master user, or map it to the role all_access",
    ),
    (
        lambda answer: answer.status == 429 or answer.status >= 500,
        "wait until the domain is active and green, then run the set-up again",
    ),
    (
        lambda answer: answer.status == 409,
        "let no other set-up of the same domain run meanwhile, then run this one again",
    ),
    (
        lambda answer: "zstd" in answer.reason or "unknown setting" in answer.reason,
        "choose options that the domain's version has",
    ),
)


def _reason(document: Any) -> str | None:
    if not isinstance(document, Mapping):
        return None
    error = document.get("error")
    if isinstance(error, Mapping):
        return str(error.get("reason") or error.get("type") or error)
    for key in ("message", "Message", "error", "reason"):
        if isinstance(document.get(key), str):
            return str(document[key])
    return None
