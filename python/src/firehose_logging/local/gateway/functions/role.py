"""The function's role: assumed by Lambda, and what is done with it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from firehose_logging.local.gateway.credentials import KeyRing
from firehose_logging.local.gateway.service_clients import ServiceClients

logger = logging.getLogger(__name__)

_REFRESH_SECONDS = 300.0


class RoleError(Exception):
    """Say in one line why a role can't be assumed."""


@dataclass(frozen=True)
class RoleKeys:
    """Temporary credentials of a role."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expires_at: float


class FunctionRoles:
    """Assume functions' roles as lambda.amazonaws.com.

    Args:
        clients: reach AWS.
        keys: issues the service's own, and is told which belong to a function.
    """

    def __init__(self, clients: ServiceClients, keys: KeyRing) -> None:
        self._clients = clients
        self._keys = keys
        self._key = keys.issue_for_service("lambda.amazonaws.com")
        self._assumed: dict[tuple[str, str], RoleKeys] = {}

    async def assume(self, role_arn: str, function_arn: str) -> RoleKeys:
        """Return a function's keys for its role, assumed anew shortly before they expire.

        Raises:
            RoleError: its trust policy does not let Lambda in, or it is not there.
        """
        known = self._assumed.get((role_arn, function_arn))
        if known is None or known.expires_at - time.time() < _REFRESH_SECONDS:
            _, _, _, region, _, _, session = function_arn.split(":")
            known = await self._clients.run(lambda: self._assume(role_arn, session, region))
            self._keys.bind_to_function(known.access_key_id, function_arn)
            self._assumed[role_arn, function_arn] = known
        return known

    def _assume(self, role_arn: str, session: str, region: str) -> RoleKeys:
        sts = self._clients.client("sts", region, (*self._key, None))
        try:
            keys = sts.assume_role(RoleArn=role_arn, RoleSessionName=session)["Credentials"]
        except (ClientError, BotoCoreError) as error:
            raise RoleError(str(error)) from error
        finally:
            sts.close()
        return RoleKeys(
            keys["AccessKeyId"],
            keys["SecretAccessKey"],
            keys["SessionToken"],
            keys["Expiration"].timestamp(),
        )

    async def write_log(
        self, keys: RoleKeys, region: str, group: str, stream: str, lines: Sequence[str]
    ) -> None:
        """Append lines to a log stream, as far as the role may; nothing is raised if not."""

        def write() -> None:
            logs = self._clients.client(
                "logs", region, (keys.access_key_id, keys.secret_access_key, keys.session_token)
            )
            try:
                _append(logs, group, stream, lines)
            finally:
                logs.close()

        try:
            await self._clients.run(write)
        except (ClientError, BotoCoreError) as error:
            logger.warning("the log of a function is not written to %s: %s", group, error)
        except asyncio.CancelledError:
            raise


def _append(logs: Any, group: str, stream: str, lines: Sequence[str]) -> None:
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": line} for line in lines if line]
    try:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    except logs.exceptions.ResourceAlreadyExistsException:
        pass
    except logs.exceptions.ResourceNotFoundException:
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    if events:
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
