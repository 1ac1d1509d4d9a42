"""The provider's own waits, which the other tests cut short."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from firehose_logging.verify.deployment import Deployment
from firehose_logging.verify.terraform import PLAN_WITHOUT_CHANGES, Workspace


@pytest.mark.slow
@pytest.mark.owns_deployment
def test_apply_and_destroy_go_through_the_providers_waits_at_full_length(
    new_workspace: Callable[..., Workspace],
) -> None:
    """The provider looks at a domain 10 minutes after create and after delete, at the earliest."""
    workspace = new_workspace("unhurried-test", domain_timeout="90m")
    workspace.init()
    began = time.monotonic()
    workspace.apply()
    applied = time.monotonic()
    assert applied - began > 600, "the wait was cut short"
    assert Deployment.from_outputs(workspace.outputs()).domain_name == "unhurried-test"
    assert workspace.plan()[0] == PLAN_WITHOUT_CHANGES
    workspace.destroy()
    assert workspace.outputs() == {}
