"""What is read back from a spool segment is what was written, for any crash point."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from firehose_logging.core.segments import decode_lines, encode_lines

_record = st.tuples(
    st.binary(max_size=60).map(lambda data: data.replace(b"\n", b" ")),
    st.floats(0, 4e9).map(lambda at: round(at, 3)),
)


@given(st.lists(_record, max_size=20))
def test_a_whole_segment_is_read_back(records: list[tuple[bytes, float]]) -> None:
    assert decode_lines(encode_lines(records)) == (records, 0)


@settings(max_examples=300)
@given(st.lists(_record, min_size=1, max_size=10), st.data())
def test_for_any_crash_point_the_records_written_before_it_are_read_back(
    records: list[tuple[bytes, float]], data: st.DataObject
) -> None:
    content = encode_lines(records)
    end = data.draw(st.integers(0, len(content)))
    ends = [len(encode_lines(records[: count + 1])) for count in range(len(records))]
    whole = sum(at <= end for at in ends)
    assert decode_lines(content[:end]) == (records[:whole], 0)


@given(st.lists(_record, min_size=1, max_size=10), st.data())
def test_a_damaged_byte_costs_one_record_or_two_lines_and_is_counted(
    records: list[tuple[bytes, float]], data: st.DataObject
) -> None:
    content = bytearray(encode_lines(records))
    position = data.draw(st.integers(0, len(content) - 2))
    flipped = content[position] ^ data.draw(st.integers(1, 255))
    content[position] = flipped
    read, damaged = decode_lines(bytes(content))
    assert len(records) - 2 <= len(read) <= len(records)
    assert set(read) <= set(records)
    assert damaged or len(read) == len(records)
