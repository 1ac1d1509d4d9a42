"""Whose an access key id is: moto's users and sessions, and the services' own keys."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timezone
from typing import Any, NamedTuple

from firehose_logging.local.api import Principal
from firehose_logging.local.gateway.moto_settings import ACCOUNT_ID, PARTITION
from firehose_logging.local.iam.sigv4 import Secret


class AccessKey(NamedTuple):
    """A pair of long-term credentials."""

    access_key_id: str
    secret_access_key: str


class KeyRing:
    """Look up what belongs to an access key id, wherever it was issued."""

    def __init__(self) -> None:
        self._services: dict[str, Secret] = {}
        self._functions: dict[str, str] = {}

    def issue_for_service(self, name: str) -> AccessKey:
        """Issue a key whose calls count as made by an AWS service.

        Args:
            name: for example ``firehose.amazonaws.com``.
        """
        key = AccessKey(f"AKIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30))
        principal = Principal(name, ACCOUNT_ID, is_service=True)
        self._services[key.access_key_id] = Secret(key.secret_access_key, principal)
        return key

    def bind_to_function(self, access_key_id: str, function_arn: str) -> None:
        """Let a key's calls count as made from within a Lambda function."""
        self._functions[access_key_id] = function_arn

    def secret_of(self, access_key_id: str) -> Secret | None:
        """Return what belongs to a key; ``None`` for one that is unknown or inactive."""
        found = self._services.get(access_key_id) or _issued_by_moto(access_key_id)
        function = self._functions.get(access_key_id)
        if found is None or function is None:
            return found
        return replace(found, principal=replace(found.principal, source_function=function))


def _issued_by_moto(access_key_id: str) -> Secret | None:
    from moto.iam.models import iam_backends
    from moto.sts.models import sts_backends

    key = iam_backends[ACCOUNT_ID][PARTITION].access_keys.get(access_key_id)
    if key is None or key.status != "Active":
        return None
    if key.user_name is not None:
        return _of_user(iam_backends[ACCOUNT_ID][PARTITION], key)
    session = sts_backends[ACCOUNT_ID][PARTITION].get_assumed_role_from_access_key(access_key_id)
    return None if session is None else _of_session(session)


def _of_user(iam: Any, key: Any) -> Secret:
    arn = iam.get_user(key.user_name).arn
    return Secret(key.secret_access_key, Principal(arn, ACCOUNT_ID))


def _of_session(session: Any) -> Secret:
    return Secret(
        session.secret_access_key,
        Principal(
            session.arn,
            ACCOUNT_ID,
            role_arn=session.role_arn,
            access_key_id=session.access_key_id,
        ),
        session_token=session.session_token,
        expires_at=session.expiration.replace(tzinfo=timezone.utc).timestamp(),
    )
