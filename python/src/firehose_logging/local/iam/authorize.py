"""The one question that the gateway and the domain's endpoint ask: may this caller do that?

Who asks gathers, this decides. For each call: verify the signature (``sigv4.verify``), work out
the needs (``actions.needs_of`` with ``parameters.parameters_of``, or
``catalog.search.domain_http``), read the documents once (``policy.read_policy``, which keeps
what it has read), and hand them over here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from firehose_logging.local.api import ApiError, Principal
from firehose_logging.local.iam.context import Context, principal_keys
from firehose_logging.local.iam.dialects import Refusal, dialect_of, refuse
from firehose_logging.local.iam.evaluate import CallerPolicies, Decision, ResourceSide, evaluate
from firehose_logging.local.iam.needs import Need
from firehose_logging.local.iam.policy import AccessRequest

NO_PERMISSION_NEEDED = Decision(True, "the call needs no permission")


def authorize(
    principal: Principal,
    needs: Iterable[Need],
    caller: CallerPolicies,
    side_of: Callable[[Need], ResourceSide],
    context: Mapping[str, str],
) -> Decision:
    """Decide over a call: every need has to be allowed.

    Args:
        principal: who calls; ``context.ANONYMOUS`` without a signature.
        needs: what the call needs.
        caller: what is attached to the principal; empty for services and for nobody.
        side_of: whose a need's resource is, and its own policy: the bucket's for a bucket and
            its objects, the key's for a key, the trust policy for ``sts:AssumeRole``, the
            domain's access policy for ``es:ESHttp*``. Asked once per need.
        context: the request's condition keys, as ``context.request_keys`` and, for services,
            ``context.source_keys`` make them; the principal's own keys are added here.

    Returns:
        The first refusal, else the decision about the call's own action.
    """
    base = Context({**context, **principal_keys(principal)})
    first = None
    for need in needs:
        side = side_of(need)
        request_context = base.with_values({**need.context, "aws:ResourceAccount": side.account})
        decision = evaluate(
            AccessRequest(principal, need.action, need.resource, request_context), caller, side
        )
        if not decision.allowed:
            return decision
        first = first or decision
    return first or NO_PERMISSION_NEEDED


def denial(decision: Decision, service: str, headers: Mapping[str, str]) -> ApiError:
    """Return a refusal as the service's own error.

    Args:
        decision: a refusal.
        service: the signing name of the service that answers.
        headers: the request's, names in lower case.
    """
    return refuse(dialect_of(service, headers), Refusal.NOT_ALLOWED, decision.reason)
