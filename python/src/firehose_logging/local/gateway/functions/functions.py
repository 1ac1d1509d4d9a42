"""Invoke functions: from the record that moto keeps to Lambda's answer."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firehose_logging.local.api import ApiAnswer, ApiError
from firehose_logging.local.gateway.functions import sandbox
from firehose_logging.local.gateway.functions.code import CodeError, CodeStore
from firehose_logging.local.gateway.functions.role import FunctionRoles, RoleError, RoleKeys
from firehose_logging.local.gateway.functions.runtime import confinement
from firehose_logging.local.gateway.moto_settings import ACCOUNT_ID

logger = logging.getLogger(__name__)

PAYLOAD_BYTES = 6_291_556
"""The largest request and answer of a synchronous invocation (Lambda Developer Guide, "Quotas")."""

_TAIL_BYTES = 4096
_AT_ONCE = 8
_ASYNCHRONOUS_RETRIES = 2
_CA_VARIABLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


@dataclass(frozen=True)
class Surroundings:
    """What every function is given by the stack.

    Attributes:
        endpoint_url: of every AWS API.
        ca_bundle: what certificates are verified with.
        scratch: a folder for folders of temporary files.
        writable: where functions may write besides.
    """

    endpoint_url: str
    ca_bundle: str
    scratch: Path
    writable: tuple[Path, ...] = ()


class Functions:
    """Run functions with their role's credentials, their environment and their limits.

    Args:
        code: unpacks archives.
        roles: assumes roles and writes logs.
        surroundings: what the stack gives.
        log_group_of: names the log group of a function, by Region and name.
    """

    def __init__(
        self,
        code: CodeStore,
        roles: FunctionRoles,
        surroundings: Surroundings,
        log_group_of: Callable[[str, str], str],
    ) -> None:
        self._code = code
        self._roles = roles
        self._surroundings = surroundings
        self._log_group_of = log_group_of
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._background: set[asyncio.Task[None]] = set()
        if confinement.version() == 0:
            logger.warning(
                "this system has no Landlock: functions can open every file of their user's"
            )

    async def invoke(
        self, name: str, region: str, payload: bytes, headers: Mapping[str, str]
    ) -> ApiAnswer:
        """Answer a call to ``Invoke``.

        Args:
            name: name, ARN or partial ARN, with or without a qualifier.
            region: for example ``eu-west-1``.
            payload: the event as JSON.
            headers: the call's, names in lower case.

        Raises:
            ApiError: no such function, a payload that is no JSON or too large, a runtime that
                does not run here, a role that can't be assumed.
        """
        function = _record(name, region)
        event = _event(payload)
        kind = headers.get("x-amz-invocation-type", "RequestResponse")
        if kind == "DryRun":
            return ApiAnswer(204, b"")
        invocation = await self._prepare(function, region)
        if kind == "Event":
            task = asyncio.create_task(self._run_in_background(invocation, event))
            self._background.add(task)
            task.add_done_callback(self._background.discard)
            return ApiAnswer(202, b"")
        outcome, log = await self._run(invocation, event)
        return _answer(function, outcome, log, headers)

    async def check_role(self, role_arn: str, name: str, region: str) -> None:
        """Return if Lambda may assume a role.

        Raises:
            ApiError: it may not; in the words of ``CreateFunction``.
        """
        try:
            await self._roles.assume(role_arn, _arn(name.rpartition(":")[2], region))
        except RoleError as error:
            raise ApiError(
                "InvalidParameterValueException",
                "The role defined for the function cannot be assumed by Lambda.",
                400,
            ) from error

    async def stop(self) -> None:
        """End what runs in the background."""
        for task in tuple(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)

    async def _prepare(self, function: Any, region: str) -> _Invocation:
        if not str(function.run_time or "").startswith("python"):
            raise ApiError(
                "InvalidRuntimeException",
                f"Functions with runtime {function.run_time} are not supported by the local stack.",
                502,
            )
        try:
            code = self._code.unpacked(function.code_bytes)
        except CodeError as error:
            raise ApiError("InvalidZipFileException", str(error), 502) from error
        try:
            arn = _arn(function.function_name, region)
            keys = await self._roles.assume(function.role, arn)
        except RoleError as error:
            raise ApiError("KMSAccessDeniedException", str(error), 502) from error
        group = self._log_group_of(region, function.function_name)
        today = time.strftime("%Y/%m/%d", time.gmtime())
        stream = f"{today}/[{function.version}]{uuid.uuid4().hex}"
        return _Invocation(function, region, code, keys, group, stream)

    async def _run_in_background(self, invocation: _Invocation, event: Any) -> None:
        for _ in range(1 + _ASYNCHRONOUS_RETRIES):
            outcome, _log = await self._run(invocation, event)
            if outcome.error is None:
                return
            logger.warning(
                "function %s failed: %s", invocation.function.function_name, outcome.error
            )

    async def _run(self, invocation: _Invocation, event: Any) -> tuple[sandbox.Outcome, bytes]:
        request_id = str(uuid.uuid4())
        began = time.monotonic()
        async with self._slots:
            outcome = await sandbox.run(self._job(invocation, event, request_id))
        milliseconds = (time.monotonic() - began) * 1000
        version = invocation.function.version
        size = invocation.function.memory_size
        duration = f"Duration: {milliseconds:.2f} ms Memory Size: {size} MB"
        lines = [
            f"START RequestId: {request_id} Version: {version}",
            *outcome.log.decode("utf-8", "replace").splitlines(),
            *([] if outcome.error is None else [f"[ERROR] {json.dumps(outcome.error)}"]),
            f"END RequestId: {request_id}",
            f"REPORT RequestId: {request_id} {duration}",
        ]
        await self._roles.write_log(
            invocation.keys, invocation.region, invocation.log_group, invocation.log_stream, lines
        )
        return outcome, "\n".join(lines).encode()

    def _job(self, invocation: _Invocation, event: Any, request_id: str) -> sandbox.Job:
        function = invocation.function
        scratch = self._surroundings.scratch / request_id
        return sandbox.Job(
            code=invocation.code,
            modules=self._code.runtime_modules(),
            environment=self._environment(invocation, scratch),
            scratch=scratch,
            readable=(Path(self._surroundings.ca_bundle),),
            writable=self._surroundings.writable,
            invocation={
                "event": event,
                "request_id": request_id,
                "function_arn": function.function_arn,
                "timeout": float(function.timeout),
            },
            timeout=float(function.timeout),
            memory=int(function.memory_size),
        )

    def _environment(self, invocation: _Invocation, scratch: Path) -> dict[str, str]:
        function, keys = invocation.function, invocation.keys
        surroundings = self._surroundings
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "TMPDIR": str(scratch),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_LOG_GROUP_NAME": invocation.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": invocation.log_stream,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "LAMBDA_TASK_ROOT": str(invocation.code),
            "_HANDLER": str(function.handler),
            "AWS_REGION": invocation.region,
            "AWS_DEFAULT_REGION": invocation.region,
            "AWS_ACCESS_KEY_ID": keys.access_key_id,
            "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
            "AWS_SESSION_TOKEN": keys.session_token,
            "AWS_ENDPOINT_URL": surroundings.endpoint_url,
            **dict.fromkeys(_CA_VARIABLES, surroundings.ca_bundle),
            **{name: str(value) for name, value in function.environment_vars.items()},
        }


@dataclass(frozen=True)
class _Invocation:
    function: Any
    region: str
    code: Path
    keys: RoleKeys
    log_group: str
    log_stream: str


def _record(name: str, region: str) -> Any:
    from moto.awslambda.exceptions import UnknownFunctionException
    from moto.awslambda.utils import get_backend

    try:
        return get_backend(ACCOUNT_ID, region).get_function(name)
    except UnknownFunctionException as missing:
        arn = name if name.startswith("arn:") else _arn(name, region)
        message = f"Function not found: {arn}"
        raise ApiError("ResourceNotFoundException", message, 404) from missing


def _arn(name: str, region: str) -> str:
    return f"arn:aws:lambda:{region}:{ACCOUNT_ID}:function:{name}"


def _event(payload: bytes) -> Any:
    if len(payload) > PAYLOAD_BYTES:
        message = f"Request must be smaller than {PAYLOAD_BYTES} bytes for the Invoke operation"
        raise ApiError("RequestTooLargeException", message, 413)
    try:
        return json.loads(payload or b"{}")
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise ApiError("InvalidRequestContentException", message, 400) from error


def _answer(
    function: Any, outcome: sandbox.Outcome, log: bytes, headers: Mapping[str, str]
) -> ApiAnswer:
    answered = {
        "content-type": "application/json",
        "x-amz-executed-version": str(function.version),
        "x-amzn-requestid": str(uuid.uuid4()),
    }
    error = outcome.error
    if outcome.payload is not None and len(outcome.payload) > PAYLOAD_BYTES:
        error = {
            "errorType": sandbox.TOO_LARGE,
            "errorMessage": "Response payload size exceeded maximum allowed payload size "
            f"({PAYLOAD_BYTES} bytes).",
        }
    if error is not None:
        answered["x-amz-function-error"] = "Unhandled"
    if headers.get("x-amz-log-type") == "Tail":
        answered["x-amz-log-result"] = base64.b64encode(log[-_TAIL_BYTES:]).decode()
    body = outcome.payload if error is None else json.dumps(error)
    return ApiAnswer(200, (body or "null").encode(), answered)
