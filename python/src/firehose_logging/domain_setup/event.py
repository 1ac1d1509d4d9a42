"""Read the function's event: what to do, and nothing about where or for whom."""

from __future__ import annotations

from collections.abc import Mapping

from firehose_logging.domain_setup.configuration import VARIABLE
from firehose_logging.domain_setup.request import ACTIONS
from firehose_logging.domain_setup.shown import shown

# What Terraform adds with lifecycle_scope = "CRUD". The previous input says nothing that is used.
_LIFECYCLE = frozenset({"action", "prev_input"})

_RUN = "run"
_LOOK = "look"

# It is kept in the domain.
_LONGEST_RUN = 500


class EventError(ValueError):
    """Say in one sentence what is wrong with the event and what it may be."""


def parse_event(event: object) -> str:
    """Return the action that an event asks for.

    Whoever may invoke the function writes its event. So it names neither a domain nor people nor
    an index: all of that is the function's own configuration. ``{}`` sets the domain up;
    ``tf`` is what ``aws_lambda_invocation`` adds, ``{"action": …, "prev_input": …}``; ``run`` is
    any text of at most 500 characters, whose change makes Terraform invoke the function again.
    ``{"look": true}`` is the action ``look``, which writes nothing.

    Raises:
        EventError: it is no object, the action is unknown, or it holds anything else.
    """
    if not isinstance(event, Mapping):
        raise EventError(f"the event is {shown(event)}; give a JSON object, {{}} to set up")
    if _LOOK in event:
        return _look_of(event)
    for key in event:
        if key not in ("tf", _RUN):
            raise EventError(
                f"{shown(key)} does not belong in the event; what the domain is to hold, and for "
                f"whom, the function's own environment says ({VARIABLE})"
            )
    run_of(event)
    return _action_of(event.get("tf", {}))


def run_of(event: Mapping[str, object]) -> str | None:
    """Return the ``run`` of an event; ``None`` where it has none.

    Raises:
        EventError: it is no text, or a longer one than 500 characters.
    """
    run = event.get(_RUN, "")
    if not isinstance(run, str) or len(run) > _LONGEST_RUN:
        raise EventError(
            f"{_RUN} is {shown(run)}; give a text of at most {_LONGEST_RUN} characters"
        )
    return run or None


def _look_of(event: Mapping[str, object]) -> str:
    if event[_LOOK] is not True or len(event) > 1:
        raise EventError(f'{_LOOK} stands in {shown(event)}; give {{"{_LOOK}": true}} alone')
    return _LOOK


def _action_of(lifecycle: object) -> str:
    if not isinstance(lifecycle, Mapping) or not lifecycle.keys() <= _LIFECYCLE:
        raise EventError(f"tf is {shown(lifecycle)}; Terraform gives an object with action")
    action = lifecycle.get("action", "create")
    if not isinstance(action, str) or action not in ACTIONS:
        choices = f"{', '.join(ACTIONS[:-1])} or {ACTIONS[-1]}"
        raise EventError(f"tf.action is {shown(action)}; use {choices}")
    return action
