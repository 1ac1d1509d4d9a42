"""The Lambda function that Terraform invokes, by the name of its ``handler``."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from firehose_logging.domain_setup.client import Domain, SignedSender
from firehose_logging.domain_setup.configuration import ConfigurationError, from_environment
from firehose_logging.domain_setup.documents import names
from firehose_logging.domain_setup.event import EventError, parse_event
from firehose_logging.domain_setup.report import SetupError, StepReport
from firehose_logging.domain_setup.request import SetupCall, SetupRequest
from firehose_logging.domain_setup.sequence import Open, perform
from firehose_logging.domain_setup.settling import Patience

# What is left of the function's time when waiting ends, so that it can still say what failed.
_LAST_WORDS_SECONDS = 40.0


class DomainSetupFailed(Exception):  # noqa: N818  # the name that Terraform's error shows
    """Carry the one sentence that the function fails with."""


def handler(event: object, context: Any) -> dict[str, Any]:
    """Make the domain ready that the environment names, or take that away, as the event says.

    Args:
        event: the action and no more, see ``event.parse_event``; all else is in the environment,
            see ``configuration.from_environment``.
        context: Lambda's; its remaining time bounds all waiting.

    Returns:
        ``{"action": …, "index_pattern": …, "steps": [{"step", "state", "detail"}, …]}``.

    Raises:
        DomainSetupFailed: in one sentence, which step failed and what would mend it.
    """
    try:
        call = SetupCall(parse_event(event), from_environment(os.environ))
        with domains(_deadline(context)) as open_domain:
            return result(call, perform(call, open_domain, _log))
    except (EventError, ConfigurationError, SetupError) as error:
        problem = str(error)
    raise DomainSetupFailed(problem)


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
