"""Allow a call, or refuse it in the words of the service that is called."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from firehose_logging.local.api import ApiError, Principal
from firehose_logging.local.domain.admission import DomainCall
from firehose_logging.local.gateway.authorization.names import resolver
from firehose_logging.local.gateway.authorization.object_keys import read_key, written_key
from firehose_logging.local.gateway.authorization.policies import policies_of, side_of
from firehose_logging.local.gateway.moto_settings import ACCOUNT_ID
from firehose_logging.local.gateway.reading.documents import PUTS, stream_name_in
from firehose_logging.local.gateway.request import Request
from firehose_logging.local.iam.actions import needs_of
from firehose_logging.local.iam.authorize import authorize, denial
from firehose_logging.local.iam.catalog.keys import OBJECT_READS, key_needs_via, s3_key_needs
from firehose_logging.local.iam.context import request_keys, source_keys
from firehose_logging.local.iam.evaluate import Decision
from firehose_logging.local.iam.needs import Names, Need, Parameters
from firehose_logging.local.iam.parameters import HttpParts, parameters_of

_LOOPBACK = {"::1": "127.0.0.1"}
"""Which of the two ``localhost`` means is left to the caller's machine; policies name IPv4."""

logger = logging.getLogger(__name__)

_OF_PRODUCERS = ("kms:GenerateDataKey", "kms:Decrypt")
"""What those who put records need of a stream's own key (G9)."""
_OWN_ACTIONS = frozenset(
    {
        ("firehose.amazonaws.com", "cloudwatch:PutMetricData"),
        ("firehose.amazonaws.com", "kms:DescribeKey"),
    }
)
"""What a service does on its own account, or by a grant, so that no policy is asked."""

_ARN_SERVICES = {"monitoring": "cloudwatch"}
"""What ARNs call a service, where its signing name is another."""

CustomerKey = Callable[[str, str], str | None]
"""Takes a Region and a stream's name; returns the ARN of the customer's key that encrypts it."""


def _no_key(_region: str, _stream: str) -> None:
    return None


class Authorization:
    """Decide over calls by the policies that moto keeps.

    Args:
        now: tells UTC seconds since the epoch.
        customer_key: tells which key a stream is encrypted with.
    """

    def __init__(self, now: Callable[[], float], customer_key: CustomerKey = _no_key) -> None:
        self._now = now
        self._customer_key = customer_key

    def check(self, principal: Principal, request: Request, operation: str) -> None:
        """Return if the caller may make the call and all that follows from it.

        Raises:
            ApiError: access denied, with the service's own code and AWS's text;
                ``InvalidKMSResourceException`` where it is the stream's key that is denied.
        """
        names = Names(ACCOUNT_ID, request.region, principal, resolve=resolver(request.region))
        needs = [
            need
            for need in _needs(request, operation, names)
            if (principal.arn, need.action) not in _OWN_ACTIONS
        ]
        caller = policies_of(principal)
        context = self._context(principal, request)
        decision = authorize(principal, needs, caller, side_of, context)
        if not decision.allowed:
            logger.info("denied: %s", decision.reason)
            raise denial(decision, request.service, request.headers)
        decision = authorize(
            principal, self._key_needs(request, operation, needs, names), caller, side_of, context
        )
        if not decision.allowed:
            logger.info("denied: %s", decision.reason)
            # API reference, PutRecord: what KMS throws comes wrapped.
            message = f"AccessDeniedException: {decision.reason}"
            raise ApiError("InvalidKMSResourceException", message)

    def _key_needs(
        self, request: Request, operation: str, needs: list[Need], names: Names
    ) -> list[Need]:
        if request.service != "firehose" or operation not in PUTS:
            return []
        stream = (needs[0].resource or "").rpartition("/")[2]
        key = self._customer_key(request.region, stream)
        return [] if key is None else key_needs_via("firehose", _OF_PRODUCERS, key, {}, names)

    def decide_for_domain(
        self, principal: Principal, action: str, resource: str, call: DomainCall
    ) -> Decision:
        """Decide over a call to a domain's endpoint, by its access policy and the caller's own."""
        context = request_keys(
            now=self._now(),
            source_ip=_LOOPBACK.get(call.source_ip, call.source_ip),
            secure=True,
            region=resource.split(":")[3],
            user_agent=call.header("user-agent") or "",
        )
        need = Need(action, resource)
        return authorize(principal, [need], policies_of(principal), side_of, context)

    def _context(self, principal: Principal, request: Request) -> dict[str, str]:
        keys = request_keys(
            now=self._now(),
            source_ip=None if principal.is_service else request.client,
            secure=_counts_as_tls(request),
            region=request.region,
            user_agent=request.headers.get("user-agent", ""),
        )
        if principal.is_service:
            keys |= source_keys(
                account=request.headers.get("x-amz-source-account", ACCOUNT_ID),
                arn=request.headers.get("x-amz-source-arn"),
            )
        return keys


def _needs(request: Request, operation: str, names: Names) -> list[Need]:
    parameters = _parameters(request, operation)
    needs = needs_of(request.service, operation, parameters, names)
    if request.service == "s3":
        needs += _object_key_needs(request, operation, parameters, needs, names)
    _refuse_other_regions(request, needs)
    return needs


def _refuse_other_regions(request: Request, needs: list[Need]) -> None:
    """Return if what the call is about is in the Region that it was sent to.

    Lambda's "Functions from 'us-east-1' are not reachable in this region" holds of all that are
    regional; what is authorized there would be done here.

    Raises:
        ApiError: an ARN names another one.
    """
    for need in needs:
        service, region = [*(need.resource or "").split(":"), *[""] * 4][2:4]
        own = service == _ARN_SERVICES.get(request.service, request.service)
        if own and region not in ("", "*", request.region):
            message = f"{need.resource} is not reachable in this region ('{request.region}')"
            raise ApiError("ResourceNotFoundException", message, 404)


def _object_key_needs(
    request: Request, operation: str, parameters: Parameters, needs: list[Need], names: Names
) -> list[Need]:
    reading = [need for need in needs if need.action in OBJECT_READS]
    writing = [need for need in needs if need.action not in OBJECT_READS]
    found: list[Need] = []
    for key, part in (
        (read_key(operation, parameters, request.region), reading),
        (written_key(operation, parameters, request.region), writing),
    ):
        if key is not None:
            there = replace(names, region=key.region)
            found += s3_key_needs(operation, part, key.arn, there, bucket_key=key.bucket_key)
    return found


def _parameters(request: Request, operation: str) -> Parameters:
    if operation in PUTS:
        name = stream_name_in(request.body)
        if name is not None:
            return {"DeliveryStreamName": name}
    parts = HttpParts(request.path, request.query, request.headers, request.body)
    return parameters_of(request.service, operation, parts)


def _counts_as_tls(request: Request) -> bool:
    """Tell whether a call counts as made over TLS, as calls to AWS's endpoints are.

    The stack's port stands in for them without TLS; ``x-forwarded-proto: http`` says otherwise.
    """
    return request.headers.get("x-forwarded-proto", "https") == "https"
