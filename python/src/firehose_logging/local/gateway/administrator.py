"""The user in whose name the stack's owner works."""

from __future__ import annotations

import json
from dataclasses import dataclass

from firehose_logging.local.api import Principal
from firehose_logging.local.gateway.moto_settings import ACCOUNT_ID

ADMINISTRATOR_NAME = "local-administrator"
ADMINISTRATOR = Principal(f"arn:aws:iam::{ACCOUNT_ID}:user/{ADMINISTRATOR_NAME}", ACCOUNT_ID)
_ALLOW_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


@dataclass(frozen=True)
class AccessKey:
    """A pair of long-term credentials."""

    access_key_id: str
    secret_access_key: str


def create_administrator() -> AccessKey:
    """Make the administrator in moto's IAM, with one access key.

    Call it once, after ``MotoBackend.start``.
    """
    from moto.iam.models import iam_backends

    iam = iam_backends[ACCOUNT_ID]["aws"]
    iam.create_user(region_name="us-east-1", user_name=ADMINISTRATOR_NAME)
    iam.put_user_policy(ADMINISTRATOR_NAME, "everything", json.dumps(_ALLOW_ALL))
    key = iam.create_access_key(ADMINISTRATOR_NAME)
    return AccessKey(key.access_key_id, key.secret_access_key)
