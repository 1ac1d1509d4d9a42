"""What a call to the logger asks of the operating system: nothing of the handler's own."""

from __future__ import annotations

import platform
import signal
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.local.handler.conftest import Run

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"},
    reason="the kernel's filter of system calls is Linux's, and knows them by number",
)

PROGRAM = """
import ctypes
import logging
import os
import platform
import struct
import threading
import time

from firehose_logging import FirehoseHandler

# Memory; the clock, where the kernel has to be asked; getpid, which logging asks for each record;
# and what the program ends with.
ALLOWED = {{
    "x86_64": [9, 11, 12, 25, 28, 228, 96, 39, 1, 231],
    "aarch64": [222, 215, 214, 216, 233, 113, 169, 172, 64, 94],
}}[platform.machine()]
LOAD_NUMBER, IS_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, KILL_PROCESS = 0x7FFF0000, 0x80000000
SET_NO_NEW_PRIVILEGES, SET_FILTER, WITH_PROGRAM = 38, 22, 2


def forbid_system_calls():
    steps = [(LOAD_NUMBER, 0, 0, 0)]
    steps += [(IS_EQUAL, len(ALLOWED) - place, 0, call) for place, call in enumerate(ALLOWED)]
    steps += [(RETURN, 0, 0, KILL_PROCESS), (RETURN, 0, 0, ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    library = ctypes.PyDLL(None)  # keeps the interpreter's lock
    zero = ctypes.c_ulong(0)
    assert library.prctl(SET_NO_NEW_PRIVILEGES, ctypes.c_ulong(1), zero, zero, zero) == 0
    assert library.prctl(SET_FILTER, ctypes.c_ulong(WITH_PROGRAM), program, zero, zero) == 0


def burst(logger, records):
    for number in range(records):
        logger.info("order %d of %s", number, "c-1771", extra={{"total": 12.5}})


def main(logger, handler):
    burst(logger, 100)
    handler.flush()
    burst(logger, 10)  # wakes the sender, which then waits for company
    time.sleep(0.5)
    forbid_system_calls()
    burst(logger, 300)
    os.write(1, b"done")
    os._exit(0)


handler = FirehoseHandler(flush_interval=900.0)
{preparation}
logger = logging.Logger("shop")
logger.addHandler(handler)
worker = threading.Thread(target=main, args=(logger, handler))
worker.start()
worker.join()
"""


def test_a_call_makes_no_system_call_in_the_common_case(run: Run) -> None:
    process = run(PROGRAM.format(preparation=""), TZ="UTC0")
    assert (process.stdout, process.returncode) == ("done", 0), process.stderr


def test_one_that_made_a_system_call_would_be_noticed(run: Run) -> None:
    one_more = "handler.addFilter(lambda record: os.getppid() > 0)"
    process = run(PROGRAM.format(preparation=one_more), TZ="UTC0")
    assert (process.stdout, process.returncode) == ("", -signal.SIGSYS)
