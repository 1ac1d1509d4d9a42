"""Reach the domain, and wait for it while it settles."""

from __future__ import annotations

from firehose_logging.domain_setup.client import Domain
from firehose_logging.domain_setup.report import StepReport
from firehose_logging.domain_setup.request import SetupRequest
from firehose_logging.domain_setup.steps.reconcile import read

STEP = "domain"


def ensure(domain: Domain, request: SetupRequest) -> StepReport:
    """Return once the domain answers who it is."""
    about = read(domain, STEP, "/") or {}
    version = about.get("version") or {}
    name = version.get("distribution") or "engine"
    return StepReport(
        STEP, "unchanged", f"{name} {version.get('number', 'unknown')} at {request.endpoint}"
    )
