"""The state folder `.firehose-logging/`: where it is, what it holds, whether a stack lives."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from firehose_logging.local import lock
from firehose_logging.local.ownership import StrangerError, refuse_strangers

NAME = ".firehose-logging"
VARIABLE = "FIREHOSE_LOGGING_HOME"
_STATE = "stack.json"
_LOCK = "stack.lock"


class HomeError(Exception):
    """Say in one line why the state folder can't be used, and what to do."""


@dataclass(frozen=True)
class StackState:
    """What runs, for those who come later.

    Attributes:
        pid: of the stack's process.
        port: of every AWS API.
        endpoint_url: the same as a URL.
        region: the default Region.
        access_key_id: of the local administrator.
        secret_access_key: of the local administrator.
        ca_bundle: path of the PEM file that the domains' certificates are verified with.
        engine: the engine's ``EngineInfo`` as a mapping.
        engine_pid: of the engine's process, where it is a child of the stack.
    """

    pid: int
    port: int
    endpoint_url: str
    region: str
    access_key_id: str
    secret_access_key: str
    ca_bundle: str
    engine: Mapping[str, Any]
    engine_pid: int | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point AWS's clients at the stack.

        Boto3 reads ``AWS_DEFAULT_REGION``, all others ``AWS_REGION``; what Python programs ask
        the domain by ``requests`` reads ``REQUESTS_CA_BUNDLE``. The bundle holds the public
        authorities as well.
        """
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_CA_BUNDLE": self.ca_bundle,
            "REQUESTS_CA_BUNDLE": self.ca_bundle,
        }


def find_home(environment: Mapping[str, str] | None = None, directory: Path | None = None) -> Path:
    """Find the state folder as git finds its own; it need not be there yet.

    Args:
        environment: ``FIREHOSE_LOGGING_HOME`` in it names the folder outright. The process's own
            by default.
        directory: where the search upward starts, and the folder's place if there is none yet.
            The working directory by default.

    Raises:
        HomeError: it could be somebody else's; ``refuse_strangers`` says when.
    """
    variables = os.environ if environment is None else environment
    home = _place_of_home(variables, (directory or Path.cwd()).absolute())
    try:
        refuse_strangers(home, whole=False, environment=variables)
    except StrangerError as error:
        raise HomeError(str(error)) from None
    return home


def _place_of_home(variables: Mapping[str, str], start: Path) -> Path:
    named = variables.get(VARIABLE)
    if named:
        return start / Path(named).expanduser()
    for place in (start, *start.parents):
        if (place / NAME).is_dir():
            return place / NAME
    return start / NAME


class Home:
    """A state folder, which need not be there yet.

    A lock that the stack holds while it lives tells whether one runs: the system lets go of it
    however the process ends.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def logs(self) -> Path:
        """The folder for logs."""
        return self.path / "logs"

    def prepare(self) -> None:
        """Make the folder, ignored by git and closed to others; look through one that is there.

        Raises:
            HomeError: it can't be made or written to, or something in it could be somebody
                else's.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            refuse_strangers(self.path)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            (self.path / ".gitignore").write_text("*\n")
        except StrangerError as error:
            raise HomeError(str(error)) from None
        except OSError as error:
            raise HomeError(
                f"the state folder {self.path} can't be written to ({error.strerror}); "
                f"mend its permissions, or name another with {VARIABLE}"
            ) from error

    def claim(self) -> HomeClaim:
        """Take the folder for this process alone.

        Raises:
            HomeError: another process has it, or it can't be written to.
        """
        self.prepare()
        try:
            return HomeClaim(self, lock.take(self.path / _LOCK, self.path))
        except lock.LockedError as error:
            pid = error.holder.pid if error.holder is not None else "not known yet"
            raise HomeError(
                f"a local stack (pid {pid}) runs in {self.path} already; "
                "end it with `firehose-logging local down`"
            ) from None
        except OSError as error:
            raise HomeError(f"{self.path / _LOCK} can't be taken: {error.strerror}") from error

    def holder(self) -> int | None:
        """Return the process id of the stack that lives here, ``None`` where none does."""
        try:
            holder = lock.holder(self.path / _LOCK)
        except OSError:
            return None
        return None if holder is None else holder.pid

    def closed_to_us(self) -> str | None:
        """Say why it can't be told what runs here, ``None`` where it can.

        That is so where the stack, or the folder, is another user's.
        """
        holder = None
        try:
            holder = lock.holder(self.path / _LOCK)
            if holder is not None and (self.path / _STATE).exists():
                (self.path / _STATE).open("rb").close()
        except PermissionError:
            who = "whatever runs" if holder is None else f"the local stack (pid {holder.pid})"
            return f"{who} in {self.path} belongs to another user; ask them, or root"
        except OSError:
            return None
        return None

    def read_state(self) -> StackState | None:
        """Return what the living stack wrote once it was ready, else ``None``."""
        pid = self.holder()
        if pid is None:
            return None
        try:
            state = StackState(**json.loads((self.path / _STATE).read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return state if state.pid == pid else None


class HomeClaim:
    """This process's hold on a state folder."""

    def __init__(self, home: Home, descriptor: int) -> None:
        self._home = home
        self._descriptor = descriptor

    def write_state(self, state: StackState) -> None:
        """Publish what runs, readable by its owner alone, all at once."""
        target = self._home.path / _STATE
        draft = target.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(asdict(state), indent=2) + "\n")
        draft.replace(target)

    def withdraw_state(self) -> None:
        """Take back what was published."""
        (self._home.path / _STATE).unlink(missing_ok=True)

    def release(self) -> None:
        """Take back what was published, and let the folder go.

        A process that ends anyway leaves that to the system: then the folder is free only once
        the process is gone.
        """
        self.withdraw_state()
        os.close(self._descriptor)
