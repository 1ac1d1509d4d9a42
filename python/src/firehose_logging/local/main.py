"""The stack's process: arguments, readiness, signals."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from firehose_logging.local.data_folder import DataFolderError
from firehose_logging.local.engines.base import EngineError
from firehose_logging.local.firehose import StoreError
from firehose_logging.local.gateway.functions.runtime import household
from firehose_logging.local.gateway.moto_store import KeptStateError
from firehose_logging.local.gateway.server import PortError
from firehose_logging.local.home import Home, HomeError, StackState
from firehose_logging.local.ownership import StrangerError, refuse_strangers
from firehose_logging.local.stack import DEFAULT_PORT, LOOPBACK, Stack, StackOptions

EXPECTED_ERRORS = (
    DataFolderError,
    EngineError,
    HomeError,
    KeptStateError,
    PortError,
    StoreError,
    StrangerError,
)
"""What ``serve`` raises where the user, not the stack, has something to mend."""

logger = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def serve(
    options: StackOptions, report: Callable[[str], None], ready: Callable[[StackState], None]
) -> bool:
    """Run a stack in this process until SIGINT, SIGTERM or SIGHUP, and leave nothing behind.

    The process should end then: only with it is the state folder free again.

    Args:
        options: how it is to run.
        report: called with each line of progress.
        ready: called once, when every part answers.

    Returns:
        Whether it ever was ready.

    Raises:
        DataFolderError: the data folder can't be used, or another stack uses it.
        EngineError: the engine can't run.
        HomeError: the state folder can't be used, or a stack lives in it.
        PortError: the port can't be listened on.
        KeptStateError: what the data folder holds can't be used.
        StoreError: the streams in it can't.
        StrangerError: the data folder could be somebody else's.
    """
    # What the stack and its engine write is for its owner alone.
    os.umask(0o077)
    household.adopt_orphans()
    if options.data_dir is not None:
        refuse_strangers(options.data_dir)
    claim = options.home.claim()
    log = logging.FileHandler(options.home.logs / "stack.log", encoding="utf-8", delay=True)
    log.setFormatter(logging.Formatter(_LOG_FORMAT))
    logging.basicConfig(level=logging.WARNING, handlers=[log], force=True)
    logging.getLogger("firehose_logging").setLevel(logging.INFO)
    return asyncio.run(_serve(Stack(options, claim, report), ready))


async def _serve(stack: Stack, ready: Callable[[StackState], None]) -> bool:
    told_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, told_to_stop.set)
    starting = asyncio.create_task(stack.start())
    stopping = asyncio.create_task(told_to_stop.wait())
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            _spare_the_collector()
            ready(starting.result())
            await stopping
            return True
        return False
    finally:
        starting.cancel()
        stopping.cancel()
        await asyncio.gather(starting, stopping, return_exceptions=True)
        await stack.stop()


def _spare_the_collector() -> None:
    """Leave what was loaded until now out of garbage collections.

    Moto's models are hundreds of thousands of objects that live as long as the process; looking
    at them again and again costs a third of the data plane's time.
    """
    gc.collect()
    gc.freeze()


def main() -> None:
    """Run as the child of ``local up --detach``, telling the parent by JSON lines."""
    arguments = _arguments().parse_args()
    tell = _Teller(arguments.ready_fd)
    options = StackOptions(
        home=Home(Path(arguments.home)),
        port=arguments.port,
        engine=arguments.engine,
        speed=arguments.speed,
        data_dir=arguments.data_dir,
        quotas=not arguments.no_quotas,
        host=arguments.host,
    )
    try:
        serve(options, tell.progress, tell.ready)
    except EXPECTED_ERRORS as error:
        tell.error(str(error))
        sys.exit(1)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="firehose_logging.local.main")
    parser.add_argument("--home", required=True)
    parser.add_argument("--ready-fd", type=int, required=True)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--no-quotas", action="store_true")
    parser.add_argument("--host", default=LOOPBACK)
    return parser


class _Teller:
    """Lines to the parent, which waits; where it is gone, the stack has nobody to run for."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self._lines = os.fdopen(descriptor, "w")

    def progress(self, text: str) -> None:
        logger.info(text)
        if not self._lines.closed:
            self._say("progress", text)

    def error(self, text: str) -> None:
        self._say("error", text)

    def ready(self, state: StackState) -> None:
        self._say("ready", asdict(state))
        with suppress(BrokenPipeError):
            self._lines.close()

    def _say(self, kind: str, content: Any) -> None:
        try:
            print(json.dumps([kind, content]), file=self._lines, flush=True)
        except BrokenPipeError:
            os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
