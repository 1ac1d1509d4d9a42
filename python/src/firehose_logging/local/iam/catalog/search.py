"""Amazon OpenSearch Service. Service Authorization Reference, ``list_amazonopensearchservice``."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

from firehose_logging.local.iam.needs import (
    EVERY,
    Names,
    Need,
    Parameters,
    on_each,
    passed_roles,
    text,
    texts,
)

_ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)


def opensearch(operation: str, parameters: Parameters, names: Names) -> list[Need]:
    """Return what a call to the control plane needs, by its newer or its older operation."""
    action = f"es:{operation}"
    domains = texts(parameters, "DomainName") + texts(parameters, "DomainNames")
    arns = [names.arn("es", f"domain/{domain}") for domain in domains]
    arn = text(parameters, "ARN", "DomainArn", "arn")
    if arn:
        arns.append(arn)
    if not arns:
        return [Need(action, EVERY)]
    return on_each(action, arns) + passed_roles(parameters, "RoleArn", "es.amazonaws.com")


def domain_http(method: str, domain_arn: str, path: str) -> Need:
    """Return what a call to a domain's endpoint needs.

    Args:
        method: the HTTP method.
        domain_arn: without a path.
        path: raw, still percent-encoded, without the query. It is decoded and its dot segments
            are resolved, so that ``/mine/../other`` needs what ``/other`` needs. A slash that is
            encoded stays so: to the engine it is part of a name, as in ``/mine%2F*,other``.
    """
    decoded = "%2F".join(map(unquote, _ENCODED_SLASH.split(path)))
    resolved = posixpath.normpath("/" + decoded.lstrip("/"))
    if decoded.endswith("/") and resolved != "/":
        resolved += "/"
    return Need(f"es:ESHttp{method.capitalize()}", domain_arn + resolved)
