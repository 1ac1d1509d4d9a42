"""The steps in their order: making a domain ready, and taking that away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from firehose_logging.domain_setup.answer import ConnectionFailure
from firehose_logging.domain_setup.client import CredentialsError, Domain
from firehose_logging.domain_setup.report import CallError, SetupError, StepReport
from firehose_logging.domain_setup.request import SetupCall, SetupRequest
from firehose_logging.domain_setup.steps import (
    dashboards,
    indexes,
    neighbours,
    reach,
    retention,
    roles,
    template,
)
from firehose_logging.domain_setup.steps.reconcile import LackingError

Step = tuple[str, Callable[[Domain, SetupRequest], StepReport]]
Open = Callable[[SetupRequest], Domain]
Tell = Callable[[StepReport], None]

# The writer comes first of the roles: a stream that delivers already is held up least.
SET_UP: tuple[Step, ...] = (
    (reach.STEP, reach.ensure),
    (neighbours.STEP, neighbours.ensure),
    (template.STEP, template.ensure),
    (roles.WRITER_ROLE, roles.ensure_writer_role),
    (roles.WRITER_MAPPING, roles.ensure_writer_mapping),
    (roles.READER_ROLE, roles.ensure_reader_role),
    (roles.READER_MAPPING, roles.ensure_reader_mapping),
    (roles.DASHBOARDS_ACCESS, roles.ensure_dashboards_access),
    (roles.ADMINISTRATORS, roles.ensure_administrators),
    (retention.POLICY, retention.ensure_policy),
    (retention.INDEXES, retention.ensure_on_indexes),
    (dashboards.INDEX_PATTERN, dashboards.ensure_index_pattern),
    (dashboards.DASHBOARD, dashboards.ensure_dashboard),
)

# The reader mapping goes last of those that it keeps the record of.
TAKE_DOWN: tuple[Step, ...] = (
    (reach.STEP, reach.ensure),
    (neighbours.STEP, neighbours.ensure_own),
    (dashboards.DASHBOARD, dashboards.take_dashboard_away),
    (dashboards.INDEX_PATTERN, dashboards.take_index_pattern_away),
    (roles.ADMINISTRATORS, roles.take_away_administrators),
    (roles.DASHBOARDS_ACCESS, roles.take_away_dashboards_access),
    (roles.READER_MAPPING, roles.take_away_reader_mapping),
    (roles.READER_ROLE, roles.take_away_reader_role),
    (roles.WRITER_MAPPING, roles.take_away_writer_mapping),
    (roles.WRITER_ROLE, roles.take_away_writer_role),
    (retention.POLICY, retention.take_policy_away),
    (template.STEP, template.take_away),
    (indexes.STEP, indexes.take_away),
)


def perform(call: SetupCall, open_domain: Open, tell: Tell) -> list[StepReport]:
    """Do what a call asks for and return the reports, told one by one as they come.

    Where the same function has set up the domain under another index name before, that is taken
    away once the new one is made. What another function made is never taken away. At the very end
    the domain is given the call's ``run`` to keep, if it has one.

    Raises:
        SetupError: a step failed; those before it are done, and running again goes on from there.
    """
    if call.action == "delete":
        return _take_down(call.request, open_domain, tell)
    reports = _run(SET_UP, call.request, open_domain, tell)
    for previous in _predecessors(call.request, open_domain):
        reports += _leave(previous, open_domain, tell)
    if call.run is not None:
        _record(call.run, call.request, open_domain)
    return reports


def _record(run: str, request: SetupRequest, open_domain: Open) -> None:
    with suppress(LackingError), in_one_sentence(template.STEP):
        template.record_run(open_domain(request), request, run)


def _predecessors(request: SetupRequest, open_domain: Open) -> list[SetupRequest]:
    try:
        with in_one_sentence(neighbours.STEP):
            return neighbours.predecessors(open_domain(request), request)
    except LackingError:
        return []


def _take_down(request: SetupRequest, open_domain: Open, tell: Tell) -> list[StepReport]:
    try:
        return _run(TAKE_DOWN, request, open_domain, tell)
    except neighbours.NotOursError as error:
        report = StepReport(neighbours.STEP, "left_out", str(error))
        tell(report)
        return [report]


def _leave(previous: SetupRequest, open_domain: Open, tell: Tell) -> list[StepReport]:
    # The indexes stay on a rename, whatever is asked for: the new set-up does not replace them.
    kept = replace(previous, delete_indexes=False, settle_seconds=0)
    try:
        return _run(TAKE_DOWN, kept, open_domain, tell)
    except SetupError as error:
        report = StepReport("previous_set_up", "left_out", str(error))
        tell(report)
        return [report]


def _run(
    steps: Iterable[Step], request: SetupRequest, open_domain: Open, tell: Tell
) -> list[StepReport]:
    with in_one_sentence(reach.STEP):
        domain = open_domain(request)
    reports: list[StepReport] = []
    for name, step in steps:
        report = _attempt(name, step, domain, request)
        tell(report)
        reports.append(report)
    return reports


def _attempt(
    name: str,
    step: Callable[[Domain, SetupRequest], StepReport],
    domain: Domain,
    request: SetupRequest,
) -> StepReport:
    try:
        with in_one_sentence(name):
            return step(domain, request)
    except LackingError as error:
        return StepReport(name, "left_out", str(error))


@contextmanager
def in_one_sentence(step: str) -> Iterator[None]:
    """Turn what keeps a call from being answered into a ``CallError`` of this step."""
    try:
        yield
    except ConnectionFailure as error:
        raise CallError(
            step,
            str(error),
            "check that endpoint is the domain's, and that its network and security groups let "
            "the caller in on 443; of a domain that is gone for good, remove the set-up from "
            "Terraform's state",
        ) from error
    except CredentialsError as error:
        problem, _, remedy = str(error).partition("; ")
        raise CallError(step, problem, remedy or "renew them") from error
