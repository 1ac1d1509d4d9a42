"""Moto's settings; they count only when they are made before moto is imported."""

from __future__ import annotations

import os
import sys
from typing import Any

ACCOUNT_ID = "123456789012"
"""The account that everything in the stack belongs to; moto's own default."""

PARTITION = "aws"
"""The only partition that the stack has."""

_ENVIRONMENT = {
    "MOTO_ACCOUNT_ID": ACCOUNT_ID,
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    "MOTO_EVENTS_INVOKE_HTTP": "false",
    "MOTO_ALLOW_NONEXISTENT_REGION": "false",
    "MOTO_DISABLE_GLOBAL_CORS": "true",
    "INITIAL_NO_AUTH_ACTION_COUNT": "inf",
    "S3_IGNORE_SUBDOMAIN_BUCKETNAME": "true",
    "TEST_SERVER_MODE": "false",
}


def configure_moto() -> None:
    """Set what moto reads at import, and keep it from Docker and from the network.

    Raises:
        RuntimeError: moto was imported before with other settings.
    """
    if "moto.settings" in sys.modules and os.environ.get("MOTO_ACCOUNT_ID") != ACCOUNT_ID:
        raise RuntimeError("moto was imported before the local stack could set it up")
    os.environ.update(_ENVIRONMENT)
    from moto.core.config import default_user_config

    default_user_config["lambda"] = {"use_docker": False}
    default_user_config["batch"] = {"use_docker": False}
    default_user_config["iam"] = {"load_aws_managed_policies": True}


def in_region(backends: Any, region: str) -> Any:
    """Return a service's backend in a Region; ``None`` for a Region that AWS does not have."""
    try:
        return backends[ACCOUNT_ID][region]
    except KeyError:
        return None
