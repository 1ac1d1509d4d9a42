"""Another user plants something in the spool's folder; it is neither sent, followed nor awaited."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firehose_logging.core.batching import Batch
from firehose_logging.core.counters import Counters
from firehose_logging.core.fallback import Notices
from firehose_logging.core.folder import MAX_SEGMENT_BYTES
from firehose_logging.core.segments import Segment, encode_lines
from firehose_logging.core.spool import Spool

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and owners are POSIX's")

NAME = "00000000000000000001-1-0.spool"
GOOD = encode_lines([(b'{"message":"planted"}', 1_700_000_000.0)])
OURS = b'{"message":"ours"}'


class Victim:
    """A spool, what it told, and what it took."""

    def __init__(self, folder: Path) -> None:
        self.told: list[str] = []
        self.counters = Counters()
        self.spool = Spool(
            str(folder), 1 << 26, self.counters, Notices(time.monotonic, self.told.append)
        )
        self.spool.prepare()

    def write_and_take(self) -> list[bytes]:
        self.spool.append(Batch.of([(OURS, time.monotonic())]))
        taken: list[bytes] = []
        while len(batch := self.spool.take(500, 1 << 22)):
            taken += batch.data
            assert batch.origin is not None
            self.spool.settle(batch.origin, len(batch))
        return taken


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "spool"
    path.mkdir(0o700)
    return path


def _write(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(3 << 30)


def _link(path: Path) -> None:
    target = path.with_name("precious.txt")
    target.write_bytes(GOOD)
    path.symlink_to(target)


def _given_away(path: Path) -> None:
    path.write_bytes(GOOD)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
    else:
        path.chmod(0o666)


def _writable(path: Path) -> None:
    path.write_bytes(GOOD)
    path.chmod(0o666)


PLANTED: dict[str, Callable[[Path], object]] = {
    "symlink": _link,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "fifo": os.mkfifo,
    "folder": lambda path: path.mkdir(),
    "3 GiB, sparse": _sparse,
    "another owner's": _given_away,
    "writable to others": _writable,
    "no line whole": _write(b"not a line\n"),
    "time nan": _write(encode_lines([(OURS, float("nan"))])),
    "time inf": _write(encode_lines([(OURS, float("inf"))])),
    "terminal escapes": _write(encode_lines([(b"\x1b]0;owned\x07", 1.7e9)])),
    "no UTF-8": _write(encode_lines([(b'{"a":"\xff"}', 1.7e9)])),
    "empty record": _write(encode_lines([(b"", 1.7e9)])),
    "3 MB record": _write(encode_lines([(b"x" * 3_000_000, 1.7e9)])),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_what_is_planted_is_left_alone_and_named_once(folder: Path, kind: str) -> None:
    PLANTED[kind](folder / NAME)
    victim = Victim(folder)
    for _ in range(3):
        assert victim.write_and_take() == [OURS]
        victim.spool._listing.next_scan = 0.0
    assert os.path.lexists(folder / NAME)
    (line,) = victim.told
    assert NAME in line
    assert "left alone" in line
    assert not victim.counters.dropped


@pytest.mark.parametrize("name", ["0-1-0.spool", "9" * 240 + "-1.spool", "\x1b[2J.spool"])
def test_a_name_that_is_none_of_ours_is_shown_without_its_controls(folder: Path, name: str) -> None:
    (folder / name).write_bytes(GOOD)
    victim = Victim(folder)
    assert victim.write_and_take() == [OURS]
    assert (folder / name).read_bytes() == GOOD
    (line,) = victim.told
    assert "left alone" in line
    assert line.isprintable()


@pytest.mark.parametrize("mode", [0o1777, 0o770, 0o722])
def test_a_folder_that_others_may_write_to_is_refused_with_one_line(
    folder: Path, mode: int
) -> None:
    (folder / NAME).write_bytes(GOOD)
    folder.chmod(mode)
    victim = Victim(folder)
    for _ in range(3):
        assert victim.write_and_take() == []
        victim.spool._broken_until = 0.0
        victim.spool._notices.forget("spool")
    assert [path.name for path in folder.iterdir()] == [NAME]
    (line,) = victim.told
    assert "others may write to it" in line
    assert "chmod 700" in line
    folder.chmod(0o700)
    victim.spool._listing.next_scan = 0.0
    assert OURS in victim.write_and_take(), "once it is mended it is used"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives away")
def test_a_folder_of_another_user_is_refused(folder: Path) -> None:
    os.chown(folder, 65534, 65534)
    victim = Victim(folder)
    assert victim.write_and_take() == []
    assert "another user" in victim.told[0]


def test_a_folder_that_is_made_is_this_users_alone(tmp_path: Path) -> None:
    Victim(tmp_path / "a" / "spool").write_and_take()
    assert stat.S_IMODE((tmp_path / "a" / "spool").stat().st_mode) == 0o700


def test_folders_above_it_that_are_made_are_not_for_others_to_write_to(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        Victim(tmp_path / "a" / "b" / "spool").write_and_take()
    finally:
        os.umask(umask)
    for folder in (tmp_path / "a", tmp_path / "a" / "b"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_a_folder_that_a_link_takes_the_place_of_is_refused(folder: Path) -> None:
    victim = Victim(folder)
    assert victim.write_and_take() == [OURS]
    folder.rename(folder.with_name("moved"))
    theirs = folder.with_name("theirs")
    theirs.mkdir()
    theirs.chmod(0o777)
    folder.symlink_to(theirs)
    assert victim.write_and_take() == []
    assert not list(theirs.iterdir())
    assert "others may write to it" in victim.told[0]


def test_a_segment_that_grows_after_it_was_taken_is_not_read_into_memory(folder: Path) -> None:
    (folder / NAME).write_bytes(GOOD)
    segment = Segment.claim(folder / NAME)
    assert segment is not None
    os.truncate(folder / NAME, 3 << 30)
    with pytest.raises(ValueError, match="more than"):
        segment.read()
    segment.release()


def test_a_hard_link_to_what_is_no_segment_changes_nothing_of_it(folder: Path) -> None:
    precious = folder.with_name("precious")
    precious.write_bytes(b"data\n")
    os.link(precious, folder / NAME)
    assert Victim(folder).write_and_take() == [OURS]
    assert precious.read_bytes() == b"data\n"


def test_thirty_thousand_files_do_not_keep_ours_from_leaving(folder: Path) -> None:
    for number in range(30_000):
        os.close(os.open(folder / f"{number:020d}-1-0.spool", os.O_CREAT, 0o600))
    victim = Victim(folder)
    started = time.process_time()
    for _ in range(20):
        assert victim.write_and_take() == [OURS]
    assert time.process_time() - started < 5


def test_a_record_that_claims_to_come_from_the_future_is_of_now(folder: Path) -> None:
    (folder / NAME).write_bytes(encode_lines([(OURS, 1e308)]))
    victim = Victim(folder)
    batch = victim.spool.take(1, 100)
    assert batch.data == [OURS]
    assert batch.oldest() <= time.monotonic()


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=200) | st.binary(max_size=80).map(lambda data: GOOD + data + b"\n" + GOOD)
)
def test_whatever_a_segment_holds_neither_raises_nor_stops_ours(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    (folder / NAME).write_bytes(content)
    taken = Victim(folder).write_and_take()
    assert taken[-1] == OURS
    assert set(taken) <= {OURS, b'{"message":"planted"}'}


def test_no_segment_of_ours_grows_beyond_what_is_read_back(folder: Path) -> None:
    victim = Victim(folder)
    record = b'"' + b"x" * 900_000 + b'"'
    batch = Batch.of([(record, time.monotonic())] * 30)
    assert victim.spool.replace_loaded(batch)
    assert max(path.stat().st_size for path in folder.iterdir()) < MAX_SEGMENT_BYTES
    assert victim.write_and_take() == [*([record] * 30), OURS]
