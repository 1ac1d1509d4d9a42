"""Whose a folder is, before anything in it is believed.

Folders that are found, not made, could be somebody else's: what they hold would run as, or be
taken for, the caller's own. Git refuses such repositories since CVE-2022-24765, and for the same
reason.
"""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

TRUST_VARIABLE = "FIREHOSE_LOGGING_TRUSTED"
"""Folders, separated as in PATH, that are believed with all that is in them, whoever owns them."""

_ROOT = 0
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS_ENTER = stat.S_IXGRP | stat.S_IXOTH


class StrangerError(Exception):
    """Say in one line what could be somebody else's, whose it is, and what to do."""


def refuse_strangers(
    folder: Path, *, whole: bool = True, environment: Mapping[str, str] | None = None
) -> None:
    """Return if a folder, and what is in it, can only have been put there by the caller.

    That is so where it belongs to the caller or to root, and nobody else may write to it. Root
    that somebody became by ``sudo`` takes that user's files for its own, too, as git does.

    Args:
        folder: need not be there; a link is followed if it is the caller's.
        whole: look at everything below, else only at what the folder itself lists.
        environment: ``FIREHOSE_LOGGING_TRUSTED`` and ``SUDO_UID`` are read. The process's own
            by default.

    Raises:
        StrangerError: it is not so.
    """
    variables = os.environ if environment is None else environment
    if not os.path.lexists(folder) or _is_trusted(folder, variables):
        return
    ours = _ours(variables)
    top = folder.lstat()
    _refuse_owner(folder, folder, top, ours)
    if stat.S_ISLNK(top.st_mode):
        if not folder.exists():
            return
        top = folder.stat()
        _refuse_owner(folder, folder, top, ours)
    _refuse_writers(folder, folder, top)
    if not stat.S_ISDIR(top.st_mode):
        return
    for path, found, reachable in _below(folder, top.st_mode, whole=whole):
        _refuse_owner(folder, path, found, ours)
        if reachable and not stat.S_ISLNK(found.st_mode):
            _refuse_writers(folder, path, found)


def _ours(variables: Mapping[str, str]) -> frozenset[int]:
    me = os.geteuid()
    caller = variables.get("SUDO_UID", "")
    return frozenset({_ROOT, me} | ({int(caller)} if me == _ROOT and caller.isdecimal() else set()))


def _is_trusted(folder: Path, variables: Mapping[str, str]) -> bool:
    named = [Path(name) for name in variables.get(TRUST_VARIABLE, "").split(os.pathsep) if name]
    place = Path(os.path.abspath(folder))  # noqa: PTH100 - a link stays what it is
    return any(place == name or name in place.parents for name in named)


def _below(folder: Path, mode: int, *, whole: bool) -> Iterator[tuple[str, os.stat_result, bool]]:
    """Yield each entry, what it is, and whether others can get to it by way of the folder."""
    pending = [(str(folder), bool(mode & _OTHERS_ENTER))]
    while pending:
        place, reachable = pending.pop()
        try:
            entries = list(os.scandir(place))
        except OSError:
            # Whoever needs what is in it will say so.
            continue
        for entry in entries:
            try:
                found = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            yield entry.path, found, reachable
            if whole and stat.S_ISDIR(found.st_mode):
                pending.append((entry.path, reachable and bool(found.st_mode & _OTHERS_ENTER)))


def _refuse_owner(
    folder: Path, path: str | Path, found: os.stat_result, ours: frozenset[int]
) -> None:
    if found.st_uid not in ours:
        raise StrangerError(
            f"{path} belongs to {_user(found.st_uid)}, not to {_user(os.geteuid())}, and what is "
            f"in {folder} could act as you: remove it or choose another folder; if you trust all "
            f"of it, set {TRUST_VARIABLE}={folder}"
        )


def _refuse_writers(folder: Path, path: str | Path, found: os.stat_result) -> None:
    if found.st_mode & _OTHERS_WRITE:
        raise StrangerError(
            f"{path} belongs to {_user(found.st_uid)}, but others may write to it (mode "
            f"{stat.S_IMODE(found.st_mode):04o}), and what is in {folder} could act as you: remove "
            f"it, or, if you know all of it, `chmod -R go-w {folder}`; if you trust those others, "
            f"set {TRUST_VARIABLE}={folder}"
        )


def _user(number: int) -> str:
    try:
        return f"{pwd.getpwuid(number).pw_name} (uid {number})"
    except KeyError:
        return f"uid {number}"
