"""What a function's process may touch: its own files, the runtime's, and no process around it.

Landlock, which Linux has since 5.13, takes rights away from whoever asks, without privileges, and
for good: files that are not listed can't be opened, processes outside can't be looked into
(their environment and memory), and from 6.12 on can't be signalled.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1
_NO_NEW_PRIVILEGES = 38
_DROP_FROM_BOUNDING_SET = 24
_CAPABILITIES = 64
_CAPABILITY_VERSION = 0x20080522

_EXECUTE, _WRITE, _READ, _LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL = 1 << 14, 1 << 15
_ON_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL
_TO_READ = _EXECUTE | _READ | _LIST
_SCOPES = 0b11  # abstract sockets, signals

# Access rights that each version of the interface knows, by their number.
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_NEWEST_RIGHTS = 16

READABLE = (
    "/bin",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/opt",
    "/proc",
    "/run/resolvconf",
    "/run/systemd/resolve",
    "/sys",
    "/usr",
)
DEVICES = ("/dev/full", "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero")


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Return the version of Landlock's interface, 0 where there is none."""
    if sys.platform != "linux":
        return 0
    found = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG)
    return max(0, int(found))


def confine(readable: Iterable[str], writable: Iterable[str]) -> bool:
    """Take from this process, and all that it starts, what is not listed.

    Args:
        readable: files and folders, with what is below them, beside the system's own.
        writable: folders in which everything is allowed.

    Returns:
        Whether the system can do so; where it can't, nothing is taken.
    """
    known = version()
    if known == 0:
        return False
    every = (1 << _RIGHTS.get(known, _NEWEST_RIGHTS)) - 1
    libc = _libc()
    rules = _Ruleset(every, 0, _SCOPES if known >= 6 else 0)
    size = 24 if known >= 6 else 16 if known >= 4 else 8
    ruleset = libc.syscall(_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    for path in (*READABLE, *readable):
        _allow(libc, ruleset, path, _TO_READ & every)
    for path in DEVICES:
        _allow(libc, ruleset, path, (_READ | _WRITE) & every)
    for path in writable:
        _allow(libc, ruleset, path, every)
    _drop_capabilities(libc)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    taken = libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return bool(taken)


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    """Give up what root may do beyond its own files; some of it reaches past Landlock."""
    for number in range(_CAPABILITIES):
        libc.prctl(_DROP_FROM_BOUNDING_SET, number, 0, 0, 0)
    # Version 3 of the header, this process; effective, permitted and inheritable of 64.
    libc.capset((ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)())


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not stat.S_ISDIR(os.fstat(opened).st_mode):
        rights &= _ON_FILES
    rule = _PathBeneath(rights, opened)
    libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    os.close(opened)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
