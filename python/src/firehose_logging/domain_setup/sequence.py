"""The steps in their order: making a domain ready, and taking that away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from firehose_logging.domain_setup.answer import ConnectionFailure
from firehose_logging.domain_setup.client import CredentialsError, Domain
from firehose_logging.domain_setup.report import SetupError, StepReport
from firehose_logging.domain_setup.request import SetupCall, SetupRequest
from firehose_logging.domain_setup.steps import (
    dashboards,
    indexes,
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

    An update that renames the index makes the new set-up first, then takes the old one away; so
    does one that moves to another domain, and there an old domain that is gone is left out.

    Raises:
        SetupError: a step failed; those before it are done, and running again goes on from there.
    """
    if call.action == "delete":
        return _run(TAKE_DOWN, call.request, open_domain, tell)
    reports = _run(SET_UP, call.request, open_domain, tell)
    previous = call.previous
    if previous and (previous.index, previous.endpoint) != (
        call.request.index,
        call.request.endpoint,
    ):
        reports += _leave(previous, open_domain, tell)
    return reports


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
    reports: list[StepReport] = []
    try:
        domain = open_domain(request)
    except CredentialsError as error:
        raise _unsigned(reach.STEP, error) from error
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
        return step(domain, request)
    except LackingError as error:
        return StepReport(name, "left_out", str(error))
    except ConnectionFailure as error:
        raise SetupError(
            name,
            str(error),
            "check that endpoint is the domain's, and that its network and security groups let "
            "the caller in on 443; of a domain that is gone for good, remove the set-up from "
            "Terraform's state",
        ) from error
    except CredentialsError as error:
        raise _unsigned(name, error) from error


def _unsigned(step: str, error: CredentialsError) -> SetupError:
    problem, _, remedy = str(error).partition("; ")
    return SetupError(step, problem, remedy or "renew them")
