"""Moto encrypts with keys that are switched off; S3 does not."""

from __future__ import annotations

from firehose_logging.local.api import ApiAnswer, ApiError
from firehose_logging.local.gateway.authorization.names import key_state
from firehose_logging.local.gateway.authorization.object_keys import (
    KEYED_OPERATIONS,
    read_key,
    written_key,
)
from firehose_logging.local.gateway.request import Request
from firehose_logging.local.gateway.service import Proceed
from firehose_logging.local.iam.parameters import HttpParts, parameters_of

_DISABLED = "Disabled"


class S3Keys:
    """Reads and writes of objects under a customer's key."""

    service = "s3"
    operations = KEYED_OPERATIONS

    async def answer(self, request: Request, operation: str, proceed: Proceed) -> ApiAnswer:
        """Proceed with a key that can be used.

        Raises:
            ApiError: ``KMS.DisabledException`` or ``KMS.KMSInvalidStateException``; AWS KMS
                Developer Guide, "Key states of AWS KMS keys".
        """
        parts = HttpParts(request.path, request.query, request.headers, request.body)
        parameters = parameters_of("s3", operation, parts)
        for key_of in (read_key, written_key):
            key = key_of(operation, parameters, request.region)
            if key is not None:
                _check(key.arn, key_state(key.region, key.arn))
        return await proceed(request)


def _check(arn: str, state: str | None) -> None:
    if state == _DISABLED:
        raise ApiError("KMS.DisabledException", f"{arn} is disabled.")
    if state not in (None, "Enabled"):
        raise ApiError("KMS.KMSInvalidStateException", f"{arn} is in state {state}.")
