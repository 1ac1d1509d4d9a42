"""Where a managed index stands in its policy, and what comes next: no engine, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firehose_logging.local.domain.ism.policy import seconds, size_in_bytes


@dataclass(frozen=True)
class Managed:
    """An index under a policy.

    Attributes:
        index: its name.
        uuid: of the index; another index of the same name is another one.
        policy: as it was when it was attached, or changed to.
        seq_no: of the policy's document then.
        primary_term: likewise.
        born_at: when the index was made, in UTC seconds of the stack's clock.
        state: ``None`` until the first step.
        state_since: when it was entered, by the same clock.
        done: how many of the state's actions are done.
        failure: why the next action failed, if it did; then nothing goes on until a retry.
        message: the last step in words.
    """

    index: str
    uuid: str
    policy: Mapping[str, Any]
    seq_no: int
    primary_term: int
    born_at: float
    state: str | None = None
    state_since: float = 0.0
    done: int = 0
    failure: str | None = None
    message: str = "Successfully initialized policy"

    @property
    def policy_id(self) -> str:
        """The name of its policy."""
        return str(self.policy["policy_id"])


@dataclass(frozen=True)
class Facts:
    """What conditions ask of an index."""

    documents: int
    size: int


@dataclass(frozen=True)
class Enter:
    """Go to a state."""

    state: str


@dataclass(frozen=True)
class Act:
    """Carry out an action of the present state."""

    kind: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Wait:
    """Nothing to do now."""

    message: str


def next_step(managed: Managed, facts: Facts, now: float) -> Enter | Act | Wait:
    """Return what an index does next.

    Args:
        managed: where it stands.
        facts: of the index.
        now: UTC seconds of the stack's clock.
    """
    if managed.failure is not None:
        return Wait(managed.message)
    if managed.state is None:
        return Enter(str(managed.policy["default_state"]))
    state = state_named(managed.policy, managed.state)
    if managed.done < len(state["actions"]):
        action = state["actions"][managed.done]
        kind = action_kind(action)
        return Act(kind, action[kind])
    for transition in state["transitions"]:
        if _holds(transition.get("conditions"), managed, facts, now):
            return Enter(str(transition["state_name"]))
    if state["transitions"]:
        return Wait("Evaluating transition conditions")
    return Wait("Policy is completed")


def state_named(policy: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a state of a policy; raise ``KeyError`` where there is none."""
    for state in policy["states"]:
        if state["name"] == name:
            return dict(state)
    raise KeyError(name)


def action_kind(action: Mapping[str, Any]) -> str:
    """Return an action's type, for example ``delete``."""
    return next(name for name in action if name not in {"retry", "timeout", "custom"})


def _holds(
    conditions: Mapping[str, Any] | None, managed: Managed, facts: Facts, now: float
) -> bool:
    if not conditions:
        return True
    name, value = next(iter(conditions.items()))
    if name == "min_index_age":
        return now - managed.born_at >= seconds(value)
    if name == "min_state_age":
        return now - managed.state_since >= seconds(value)
    if name == "min_doc_count":
        return facts.documents >= int(value)
    if name == "min_size":
        return facts.size >= size_in_bytes(value)
    # Roll-over and cron do not happen here: such a condition is never met.
    return False
