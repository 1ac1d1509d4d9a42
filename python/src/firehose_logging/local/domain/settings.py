"""What a domain's record says about who may do what through its endpoint."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class DomainSettings:
    """The part of a domain's configuration that its endpoint enforces.

    Attributes:
        arn: of the domain.
        access_policy: the resource-based policy as JSON; ``None`` or empty where there is none.
        fine_grained: whether fine-grained access control is on.
        master_arn: the master user's ARN, if it is an IAM principal.
        master_name: the master user's name in the internal user database, otherwise.
        master_password: belongs to ``master_name``.
        body_limit: bytes of the largest request; 10 MiB on small instance types, 100 MiB on
            others (OpenSearch Service Developer Guide, "Network quotas").
    """

    arn: str
    access_policy: str | None = None
    fine_grained: bool = False
    master_arn: str | None = None
    master_name: str | None = None
    master_password: str | None = None
    body_limit: int = 100 * MEBIBYTE
