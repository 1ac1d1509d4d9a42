"""The Lambda function that Terraform invokes, by the name of its ``handler``."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from typing import Any

from firehose_logging.domain_setup.client import (
    CredentialsError,
    Domain,
    ReadOnlyDomain,
    SignedSender,
)
from firehose_logging.domain_setup.configuration import ConfigurationError, from_environment
from firehose_logging.domain_setup.documents import names
from firehose_logging.domain_setup.event import EventError, parse_event, run_of
from firehose_logging.domain_setup.looking import Finding, look, unknown
from firehose_logging.domain_setup.report import SetupError, StepReport
from firehose_logging.domain_setup.request import SetupCall, SetupRequest
from firehose_logging.domain_setup.sequence import Open, perform
from firehose_logging.domain_setup.settling import Patience

# What is left of the function's time when waiting ends, so that it can still say what failed.
_LAST_WORDS_SECONDS = 40.0

# A plan waits for a look: long enough for a domain to be reached again, no more.
_LOOK_SECONDS = 20.0
_LOOK_TIMEOUT_SECONDS = 8


class DomainSetupFailed(Exception):  # noqa: N818  # the name that Terraform's error shows
    """Carry the one sentence that the function fails with."""


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Make the domain ready that the environment names, take that away, or look at it.

    Args:
        event: the action and no more, see ``event.parse_event``; all else is in the environment,
            see ``configuration.from_environment``.
        context: Lambda's; its remaining time bounds all waiting.

    Returns:
        ``{"action": …, "run": …, "index_pattern": …, "steps": [{"step", "state", "detail"}, …]}``;
        of a look, see ``looking.Finding.as_document``.

    Raises:
        DomainSetupFailed: in one sentence, which step failed and what would mend it. A look never
            fails for what it finds.
    """
    try:
        action = parse_event(event)
        if action == "look":
            return _look(context).as_document()
        call = SetupCall(action, from_environment(os.environ), run_of(event))
        with domains(_deadline(context)) as open_domain:
            made = result(call, perform(call, open_domain, _log))
            return {**made, "run": call.run}
    except (EventError, ConfigurationError, SetupError) as error:
        problem = str(error)
    raise DomainSetupFailed(problem)


def _look(context: Any) -> Finding:
    now = datetime.now(timezone.utc)
    try:
        request = from_environment(os.environ)
        with ExitStack() as opened:
            sender = SignedSender(request.endpoint, request.region, timeout=_LOOK_TIMEOUT_SECONDS)
            opened.callback(sender.close)
            deadline = min(time.monotonic() + _LOOK_SECONDS, _deadline(context))
            patience = Patience(min(_LOOK_SECONDS, request.settle_seconds), deadline)
            found = look(ReadOnlyDomain(sender, patience), request, now)
    except (ConfigurationError, CredentialsError) as error:
        found = unknown(str(error), now)
    except Exception as error:  # noqa: BLE001  # a plan must not fail for a look
        traceback.print_exc()
        found = unknown(f"looking failed ({type(error).__name__}: {error})", now)
    sys.stdout.write(json.dumps(found.as_document()) + "\n")
    return found


def result(call: SetupCall, reports: list[StepReport]) -> dict[str, Any]:
    """Return what Terraform keeps of a run."""
    return {
        "action": call.action,
        "index_pattern": names.index_pattern(call.request.index),
        "steps": [report.as_document() for report in reports],
    }


@contextmanager
def domains(deadline: float = float("inf")) -> Iterator[Open]:
    """Yield what opens a domain by its request; all are closed at the end.

    Args:
        deadline: when all waiting ends, by ``time.monotonic``.
    """
    with ExitStack() as opened:

        def open_domain(request: SetupRequest) -> Domain:
            sender = SignedSender(request.endpoint, request.region)
            opened.callback(sender.close)
            return Domain(sender, Patience(request.settle_seconds, deadline))

        yield open_domain


def _deadline(context: Any) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    if remaining is None:
        return float("inf")
    return time.monotonic() + float(remaining()) / 1000 - _LAST_WORDS_SECONDS


def _log(report: StepReport) -> None:
    sys.stdout.write(json.dumps(report.as_document()) + "\n")
