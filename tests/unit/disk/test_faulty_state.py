"""Moto's state on a disk that fails: the last that was kept is there, whole, or the next one."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firehose_logging.local.disk import seal, unseal
from firehose_logging.local.gateway.moto_store import KeptStateError, MotoStore

from .faulty_disk import Fault, FaultyDisk, plans


@settings(deadline=None, max_examples=100)
@given(plans(), st.lists(st.integers(0, 5_000), min_size=1, max_size=8))
@example([Fault("full", 0.5, 6, 1)], [10, 20])
@example([Fault("short", 0.5, 1, 3)], [10, 20])
def test_a_write_replaces_the_state_or_leaves_it(plan: list[Fault], sizes: list[int]) -> None:
    with TemporaryDirectory() as name:
        store = MotoStore(Path(name))
        kept, unanswered = b"", b""
        with FaultyDisk(Path(name), plan) as disk:
            for number, size in enumerate(sizes):
                unanswered = b"%d " % number + b"x" * size
                try:
                    store.write(unanswered)
                except KeptStateError as error:
                    assert "--data-dir" in str(error)  # noqa: PT017 - most of them succeed
                else:
                    kept = unanswered
                unanswered = kept
        files = [path.read_bytes() for path in Path(name).iterdir() if path.suffix != ".new"]
    found = unseal(files[0]) if files else b""
    assert found in ([kept, unanswered] if disk.is_dead else [kept])


@given(st.binary(), st.data())
def test_damaged_state_is_found_out(content: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(content))
    assert unseal(bytes(sealed)) == content
    place = data.draw(
        st.integers(0, len(content) + 11).filter(lambda at: not 0 <= at - len(content) < 8)
    )
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError, match="checksum"):
        unseal(bytes(sealed))


@given(st.binary())
def test_state_of_the_version_before_has_no_seal(content: bytes) -> None:
    assert unseal(content) == content


def test_a_damaged_file_is_named_with_the_remedy(tmp_path: Path) -> None:
    store = MotoStore(tmp_path)
    store.write(store.snapshot())
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(KeptStateError, match=r"checksum does not fit.*another --data-dir"):
        MotoStore(tmp_path).load()
