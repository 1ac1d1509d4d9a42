"""A disk below one folder that fails on demand: one harness for all that writes there.

It stands between the process and the operating system: calls that change the disk are counted, and
a plan says which of them fail, and how. An end of the process is one of the ways: from then on no
call of the process reaches the disk any more, and the system closes what it had open. Whoever
writes past these calls, by a buffered file for instance, is found out.
"""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple
from unittest import mock

from hypothesis import strategies as st


class Crash(BaseException):
    """The process is gone; nobody catches that."""


class Fault(NamedTuple):
    """How calls fail.

    Attributes:
        kind: ``short``: a write takes a part and says so; ``full`` and ``broken``: it takes a
            part, and an error comes; ``crash``: the process ends in its middle.
        share: how much of a write is done, from 0 to 1; other calls are done above one half.
        first: the number of the first call that fails so.
        calls: how many in a row do.
    """

    kind: str
    share: float
    first: int
    calls: int


def plans(kinds: Sequence[str] = ("short", "full", "broken", "crash")) -> st.SearchStrategy[Any]:
    """Draw what goes wrong."""
    fault = st.builds(
        Fault, st.sampled_from(kinds), st.floats(0, 1), st.integers(0, 40), st.integers(1, 6)
    )
    return st.lists(fault, max_size=4)


_ERRORS = {"full": errno.ENOSPC, "broken": errno.EIO}
_active: list[FaultyDisk] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _active:
        _active[-1].look_at_open(*arguments)


sys.addaudithook(_watch)


class FaultyDisk:
    """Let calls on what is below ``folder`` fail as ``plan`` says, within a ``with`` statement.

    The statement swallows a ``Crash``.

    Attributes:
        calls: the name of each call that would change the disk, in order.
        failed: the names of those that failed.
        is_dead: whether the process has ended.
    """

    def __init__(self, folder: Path, plan: Sequence[Fault]) -> None:
        self.calls: list[str] = []
        self.failed: list[str] = []
        self.is_dead = False
        self._folder = str(folder)
        self._plan = plan
        self._is_within = False
        self._open: dict[int, tuple[int, int]] = {}
        self._writable: set[int] = set()
        self._past: list[str] = []
        self._really_close = os.close
        self._patches: list[Any] = [
            mock.patch.object(os, "open", self._opening(os.open)),
            mock.patch.object(os, "write", self._writing(os.write)),
            mock.patch.object(os, "close", self._on_descriptor("close", os.close)),
            mock.patch.object(os, "fsync", self._on_descriptor("fsync", os.fsync)),
            mock.patch.object(os, "ftruncate", self._on_descriptor("ftruncate", os.ftruncate)),
            mock.patch.object(os, "truncate", self._on_path("truncate", os.truncate)),
            mock.patch.object(os, "unlink", self._on_path("unlink", os.unlink)),
            mock.patch.object(os, "rmdir", self._on_path("rmdir", os.rmdir)),
            mock.patch.object(Path, "unlink", self._on_path("unlink", Path.unlink)),
            mock.patch.object(Path, "replace", self._on_path("replace", Path.replace)),
            mock.patch.object(Path, "mkdir", self._on_path("mkdir", Path.mkdir)),
            mock.patch.object(tempfile, "tempdir", self._folder),
        ]

    def __enter__(self) -> FaultyDisk:
        for patch in self._patches:
            patch.start()
        _active.append(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        _active.remove(self)
        for patch in self._patches:
            patch.stop()
        for descriptor in [*self._open]:
            self._close_as_the_system_does(descriptor)
        assert not self._past, f"written past the harness: {self._past}"
        return kind is Crash

    def look_at_open(self, path: object, mode: object, _flags: object) -> None:
        """Find out who opens a file for writing by other means than ``os.open``."""
        # A folder itself is opened so by ``tempfile``, which hands ``os.open`` on.
        is_ours = isinstance(path, (str, Path)) and self._is_below(path) and path != self._folder
        if is_ours and isinstance(mode, str) and set(mode) & set("wax+"):
            self._past.append(str(path))

    def _close_as_the_system_does(self, descriptor: int) -> None:
        try:
            found = os.fstat(descriptor)
        except OSError:
            return
        if (found.st_dev, found.st_ino) == self._open[descriptor]:
            self._really_close(descriptor)

    def _is_below(self, path: object) -> bool:
        return str(path).startswith(self._folder)

    def _opening(self, real: Callable[..., int]) -> Callable[..., int]:
        def act(path: Any, flags: int, *rest: Any, **named: Any) -> int:
            if self._is_within or not (self._is_below(path) or "dir_fd" in named):
                return real(path, flags, *rest, **named)
            changes = flags & (os.O_WRONLY | os.O_RDWR)
            with self._call("open") if changes else self._alive():
                descriptor = real(path, flags, *rest, **named)
            found = os.fstat(descriptor)
            self._open[descriptor] = (found.st_dev, found.st_ino)
            if changes:
                self._writable.add(descriptor)
            return descriptor

        return act

    def _writing(self, real: Callable[..., int]) -> Callable[..., int]:
        def act(descriptor: int, content: Any) -> int:
            if descriptor not in self._open:
                return real(descriptor, content)
            fault = self._next("write")
            if fault is None:
                return real(descriptor, content)
            # Who is told of an error has not had everything written.
            most = len(content) if fault.kind == "crash" else len(content) - 1
            done = min(int(fault.share * len(content)), most)
            if fault.kind == "short":
                return real(descriptor, content[: max(done, 1)])
            if done:
                real(descriptor, content[:done])
            raise self._failure(fault, "write")

        return act

    def _on_descriptor(self, name: str, real: Callable[..., None]) -> Callable[..., None]:
        def act(descriptor: int, *rest: Any) -> None:
            if descriptor not in self._open:
                real(descriptor, *rest)
                return
            changes = descriptor in self._writable
            try:
                with self._call(name) if changes else self._alive():
                    real(descriptor, *rest)
            except OSError:
                if name == "close":  # it is closed whatever it says
                    self._close_as_the_system_does(descriptor)
                raise
            finally:
                if name == "close" and not self.is_dead:
                    del self._open[descriptor]
                    self._writable.discard(descriptor)

        return act

    def _on_path(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def act(path: Any, *rest: Any, **named: Any) -> Any:
            if self._is_within or not (self._is_below(path) or named.get("dir_fd") is not None):
                return real(path, *rest, **named)
            with self._call(name):
                return real(path, *rest, **named)

        return act

    @contextmanager
    def _alive(self) -> Iterator[None]:
        if self.is_dead:
            raise Crash
        yield

    @contextmanager
    def _call(self, name: str) -> Iterator[None]:
        """Do a call that is not a write, before or after it fails, or not at all."""
        fault = self._next(name)
        is_done = fault is None or fault.kind == "short" or self._happens_all_the_same(fault)
        if fault is not None and not is_done:
            raise self._failure(fault, name)
        self._is_within = True
        try:
            yield
        finally:
            self._is_within = False
        if fault is not None and fault.kind != "short":
            raise self._failure(fault, name)

    @staticmethod
    def _happens_all_the_same(fault: Fault) -> bool:
        return fault.kind == "crash" and fault.share > 0.5

    def _next(self, name: str) -> Fault | None:
        if self.is_dead:
            raise Crash
        number = len(self.calls)
        self.calls.append(name)
        for fault in self._plan:
            if fault.first <= number < fault.first + fault.calls:
                return fault
        return None

    def _failure(self, fault: Fault, name: str) -> BaseException:
        self.failed.append(name)
        if fault.kind == "crash":
            self.is_dead = True
            return Crash()
        number = _ERRORS[fault.kind]
        return OSError(number, os.strerror(number))
