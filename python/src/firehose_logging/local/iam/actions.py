"""Which IAM actions on which resources an API call needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from firehose_logging.local.iam.catalog.functions import aws_lambda
from firehose_logging.local.iam.catalog.identity import iam, sts
from firehose_logging.local.iam.catalog.keys import kms
from firehose_logging.local.iam.catalog.network import ec2
from firehose_logging.local.iam.catalog.observability import cloudwatch, logs, sns
from firehose_logging.local.iam.catalog.search import opensearch
from firehose_logging.local.iam.catalog.storage import s3
from firehose_logging.local.iam.catalog.streams import firehose
from firehose_logging.local.iam.needs import Names, Need, Parameters

_CATALOG: Mapping[str, Callable[[str, Parameters, Names], list[Need]]] = {
    "ec2": ec2,
    "es": opensearch,
    "firehose": firehose,
    "iam": iam,
    "kms": kms,
    "lambda": aws_lambda,
    "logs": logs,
    "monitoring": cloudwatch,
    "s3": s3,
    "sns": sns,
    "sts": sts,
}
# Signing names that differ from the prefix of the service's actions.
_PREFIXES: Mapping[str, str] = {"email": "ses", "tagging": "tag"}


def needs_of(service: str, operation: str, parameters: Parameters, names: Names) -> list[Need]:
    """Return what a call needs permission for; all of it has to be allowed.

    Args:
        service: the signing name, for example ``es`` or ``monitoring``.
        operation: for example ``DescribeDomain``; empty where the request is not understood.
        parameters: by the names of the API model; those of a broken body may be missing.
        names: the account, the Region and the caller.

    Returns:
        The needs, the call's own action first; empty for calls that need no permission. For a
        service that is not in the catalog: ``service:Operation`` on an unknown resource, so that
        statements about every resource allow it and all others don't.
    """
    catalog = _CATALOG.get(service)
    if catalog is not None and operation:
        return catalog(operation, parameters, names)
    return [Need(f"{_PREFIXES.get(service, service)}:{operation or 'Unknown'}", None)]
