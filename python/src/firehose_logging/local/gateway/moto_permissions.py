"""Keep moto from deciding over calls that the gateway has decided over already."""

from __future__ import annotations

from typing import Any


def leave_permissions_to_gateway() -> None:
    """Make moto's S3 take every call that reaches it.

    Its own reading of a bucket policy leaves conditions out, so that a denial of calls without TLS
    denies every object.
    """
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket

    def permitted(*_: Any) -> Any:
        return PermissionResult.PERMITTED

    FakeBucket.get_permission = permitted
