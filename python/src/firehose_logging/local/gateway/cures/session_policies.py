"""Moto forgets managed policies that are passed for a session; make one inline policy of all."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from firehose_logging.local.api import ApiAnswer, ApiError
from firehose_logging.local.gateway.authorization.policies import managed_document
from firehose_logging.local.gateway.request import Request
from firehose_logging.local.gateway.service import Proceed

_MANAGED = "PolicyArns."
_INLINE = "Policy"


class SessionPolicies:
    """Policies that bound a session, as they are when it begins."""

    service = "sts"
    operations = frozenset({"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"})

    async def answer(self, request: Request, operation: str, proceed: Proceed) -> ApiAnswer:  # noqa: ARG002 - the protocol's
        """Let moto begin the session with one policy.

        Raises:
            ApiError: ``MalformedPolicyDocument`` for a policy that is none, or is not there.
        """
        pairs = parse_qsl(request.body.decode(), keep_blank_values=True)
        managed = [value for name, value in pairs if name.startswith(_MANAGED)]
        inline = [value for name, value in pairs if name == _INLINE]
        if not managed and not inline:
            return await proceed(request)
        documents = [*inline, *map(_existing, managed)]
        statements = [statement for each in documents for statement in _statements(each)]
        others = [pair for pair in pairs if pair[0] != _INLINE and not pair[0].startswith(_MANAGED)]
        merged = json.dumps({"Version": "2012-10-17", "Statement": statements})
        body = urlencode([*others, (_INLINE, merged)]).encode()
        return await proceed(replace(request, body=body))


def _existing(arn: str) -> str:
    document = managed_document(arn)
    if document is None:
        raise ApiError("MalformedPolicyDocument", f"The policy {arn} does not exist.")
    return document


def _statements(document: str) -> list[Any]:
    try:
        read = json.loads(document)
        statements = read["Statement"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ApiError(
            "MalformedPolicyDocument", "The session policy is no JSON policy document."
        ) from None
    return statements if isinstance(statements, list) else [statements]
