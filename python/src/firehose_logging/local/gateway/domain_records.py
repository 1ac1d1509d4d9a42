"""What a domain's record says, as its endpoint needs it."""

from __future__ import annotations

from typing import Any

from firehose_logging.local.domain.settings import MEBIBYTE, DomainSettings
from firehose_logging.local.gateway.moto_settings import ACCOUNT_ID

_SMALL_SIZES = ("micro", "small", "medium")
_SMALL_BODY = 10 * MEBIBYTE
_LARGE_BODY = 100 * MEBIBYTE


def settings_of(domain_name: str) -> DomainSettings:
    """Return the settings of a domain, in whichever Region it is.

    Raises:
        KeyError: there is no such domain.
    """
    domain = _record_of(domain_name)
    security = domain.advanced_security_options or {}
    master = security.get("MasterUserOptions") or {}
    instance_type = str(domain.cluster_config.get("InstanceType", ""))
    return DomainSettings(
        arn=domain.arn,
        access_policy=domain.access_policies or None,
        fine_grained=bool(security.get("Enabled")),
        master_arn=master.get("MasterUserARN"),
        master_name=master.get("MasterUserName"),
        master_password=master.get("MasterUserPassword"),
        body_limit=_body_limit(instance_type),
    )


def domain_names() -> list[str]:
    """Return the names of all domains, in whichever Region they are."""
    from moto.opensearch.models import opensearch_backends

    backends = list(opensearch_backends[ACCOUNT_ID].values())
    return [name for backend in backends for name in list(backend.domains)]


def _record_of(domain_name: str) -> Any:
    from moto.opensearch.models import opensearch_backends

    for backend in list(opensearch_backends[ACCOUNT_ID].values()):
        if domain_name in backend.domains:
            return backend.domains[domain_name]
    raise KeyError(domain_name)


def _body_limit(instance_type: str) -> int:
    """Return the largest request in bytes (Developer Guide, "Network quotas")."""
    is_small = any(f".{size}." in instance_type for size in _SMALL_SIZES)
    return _SMALL_BODY if is_small else _LARGE_BODY
