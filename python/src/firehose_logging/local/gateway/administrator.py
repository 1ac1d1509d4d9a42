"""The user in whose name the stack's owner works."""

from __future__ import annotations

import json

from firehose_logging.local.gateway.credentials import AccessKey
from firehose_logging.local.gateway.moto_settings import ACCOUNT_ID

ADMINISTRATOR_NAME = "local-administrator"
_ALLOW_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def create_administrator() -> AccessKey:
    """Make the administrator in moto's IAM, with one access key, unless they were kept.

    Call it after ``MotoBackend.start``.
    """
    from moto.iam.models import iam_backends

    iam = iam_backends[ACCOUNT_ID]["aws"]
    kept = iam.users.get(ADMINISTRATOR_NAME)
    if kept is not None and kept.access_keys:
        key = kept.access_keys[0]
        return AccessKey(key.access_key_id, key.secret_access_key)
    iam.create_user(region_name="us-east-1", user_name=ADMINISTRATOR_NAME)
    iam.put_user_policy(ADMINISTRATOR_NAME, "everything", json.dumps(_ALLOW_ALL))
    key = iam.create_access_key(ADMINISTRATOR_NAME)
    return AccessKey(key.access_key_id, key.secret_access_key)
