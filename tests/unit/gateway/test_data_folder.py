"""The data folder belongs to one stack at a time, and says to which."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from firehose_logging.local import data_folder, lock
from firehose_logging.local.data_folder import DataFolderError


def test_a_second_claim_is_refused_in_one_line_with_whose_it_is(tmp_path: Path) -> None:
    held = data_folder.claim(tmp_path / "data", tmp_path / "home")
    with pytest.raises(DataFolderError) as refused:
        data_folder.claim(tmp_path / "data", tmp_path / "other")
    held.release()
    folder, home = re.escape(str(tmp_path / "data")), re.escape(str(tmp_path / "home"))
    assert re.fullmatch(
        rf"the data folder {folder} is in use by the local stack of {home} \(pid {os.getpid()}, "
        r"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d\); end that one, or name another "
        "folder with --data-dir",
        str(refused.value),
    )


def test_another_name_of_the_folder_is_the_same_folder(tmp_path: Path) -> None:
    held = data_folder.claim(tmp_path / "data", tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "data")
    with pytest.raises(DataFolderError, match="in use"):
        data_folder.claim(tmp_path / "link", tmp_path)
    held.release()


def test_a_folder_that_was_released_can_be_claimed(tmp_path: Path) -> None:
    data_folder.claim(tmp_path, tmp_path).release()
    data_folder.claim(tmp_path, tmp_path).release()


def test_a_child_of_the_stack_does_not_keep_the_folder(tmp_path: Path) -> None:
    held = data_folder.claim(tmp_path, tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", "input(1)"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        close_fds=False,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.read(1) == b"1"
        held.release()
        data_folder.claim(tmp_path, tmp_path).release()
        child.communicate(b"\n", timeout=20)


def test_who_has_not_written_yet_whose_it_is_holds_it_all_the_same(tmp_path: Path) -> None:
    held = data_folder.claim(tmp_path, tmp_path)
    (tmp_path / "data.lock").write_text("")
    with pytest.raises(DataFolderError, match="in use by a local stack that is just starting"):
        data_folder.claim(tmp_path, tmp_path)
    held.release()


def test_a_folder_that_can_not_be_made_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataFolderError, match=r"file/data can't be used \(Not a directory\); mend"):
        data_folder.claim(tmp_path / "file" / "data", tmp_path)


def test_the_holder_is_told_while_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert lock.holder(path) is None
    descriptor = lock.take(path, tmp_path)
    holder = lock.holder(path)
    os.close(descriptor)
    assert holder is not None
    assert (holder.pid, holder.home) == (os.getpid(), str(tmp_path))
    assert lock.holder(path) is None
