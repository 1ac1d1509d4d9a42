"""The program that a function's process runs: find the handler, call it, tell what came of it.

It is started as a file, sees the function's own modules and those of the bare runtime, and of this
project only what lies in its folder, which the function does not see. Standard input brings one
line of JSON, the invocation, and stays open for as long as the stack lives. The answer goes to the
descriptor that the first argument names; whatever is printed is the function's log.

The function runs in a child of this process, confined to its own files; this one stays outside,
adopts whatever the function leaves behind, and ends it.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
import time
import traceback
from types import SimpleNamespace
from typing import Any

import confinement  # type: ignore[import-not-found]  # beside this file
import household  # type: ignore[import-not-found]  # beside this file

_MARSHAL = "Runtime.MarshalError"
_END_SECONDS = 4.0
_TERMINATED = 128 + signal.SIGTERM


class _BootError(Exception):
    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Context:
    """What Lambda's Python runtime hands to a handler as its second argument."""

    def __init__(self, invocation: dict[str, Any]) -> None:
        self.aws_request_id: str = invocation["request_id"]
        self.invoked_function_arn: str = invocation["function_arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self.client_context = None
        self._deadline = time.monotonic() + invocation["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the invocation times out."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def main() -> None:
    """Serve one invocation, and leave no process behind."""
    _hide_own_modules()
    descriptor = int(sys.argv[1])
    invocation = json.loads(sys.stdin.readline())
    household.adopt_orphans()
    household.mark()
    function = os.fork()
    if function == 0:
        _run(invocation, descriptor)
    os.close(descriptor)
    signal.signal(signal.SIGTERM, lambda *_: _end(_TERMINATED))
    threading.Thread(target=_end_with_the_stack, daemon=True).start()
    _, status = os.waitpid(function, 0)
    household.end_all(_END_SECONDS)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number not in {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


def _hide_own_modules() -> None:
    del sys.path[0]  # this file's own folder
    for module in (confinement, household):
        del sys.modules[module.__name__]


def _run(invocation: dict[str, Any], descriptor: int) -> None:
    """Call the handler, tell what came of it, and end the process."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.umask(0o022)
    confinement.confine(invocation["readable"], invocation["writable"])
    try:
        answer: dict[str, Any] = {"payload": _payload(invocation)}
    except _BootError as error:
        answer = {"error": _error(error.kind, str(error), [])}
    except BaseException as error:  # noqa: BLE001 - whatever the handler raises is its answer
        traceback.print_exc()
        frames = traceback.format_list(traceback.extract_tb(error.__traceback__)[2:])
        answer = {"error": _error(type(error).__name__, str(error), frames)}
    sys.stdout.flush()
    sys.stderr.flush()
    with os.fdopen(descriptor, "w") as pipe:
        json.dump(answer, pipe)
    os._exit(0)


def _end(code: int) -> None:
    household.end_all(_END_SECONDS)
    os._exit(code)


def _payload(invocation: dict[str, Any]) -> str:
    handler = _handler(os.environ["_HANDLER"])
    result = handler(invocation["event"], Context(invocation))
    try:
        return json.dumps(result)
    except (TypeError, ValueError) as error:
        raise _BootError(_MARSHAL, f"Unable to marshal response: {error}") from error


def _handler(name: str) -> Any:
    module_name, _, function_name = name.rpartition(".")
    if not module_name:
        raise _BootError("Runtime.MalformedHandlerName", f"Bad handler '{name}'")
    module_name = module_name.replace("/", ".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise _BootError(
            "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}"
        ) from error
    except SyntaxError as error:
        raise _BootError(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}"
        ) from error
    found = getattr(module, function_name, None)
    if found is None:
        raise _BootError(
            "Runtime.HandlerNotFound",
            f"Handler '{function_name}' missing on module '{module_name}'",
        )
    return found


def _error(kind: str, message: str, frames: list[str]) -> dict[str, Any]:
    return {"errorMessage": message, "errorType": kind, "stackTrace": frames}


def _end_with_the_stack() -> None:
    sys.stdin.read()
    _end(1)


if __name__ == "__main__":
    main()
