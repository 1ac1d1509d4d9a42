"""Which stream takes the next batch."""

from __future__ import annotations

from collections import Counter

from firehose_logging.core.retry import Backoff
from firehose_logging.core.streams import Streams


def _chosen(streams: Streams, now: float, times: int) -> Counter[str]:
    return Counter(stream.name for _ in range(times) if (stream := streams.choose(now)))


def test_streams_take_turns() -> None:
    assert _chosen(Streams(["a", "b", "c"]), 0.0, 30) == {"a": 10, "b": 10, "c": 10}


def test_a_stream_that_fails_is_left_alone_for_its_pause_and_the_others_share() -> None:
    streams = Streams(["a", "b", "c"])
    streams.all[0].failed(0.0, Backoff(10.0, 10.0), lambda: 1.0)
    assert _chosen(streams, 5.0, 10) == {"b": 5, "c": 5}
    assert _chosen(streams, 10.0, 9) == {"a": 3, "b": 3, "c": 3}


def test_while_all_fail_none_is_chosen_until_the_first_pause_ends() -> None:
    streams = Streams(["a", "b"])
    streams.all[0].failed(0.0, Backoff(4.0, 4.0), lambda: 1.0)
    streams.all[1].failed(0.0, Backoff(9.0, 9.0), lambda: 1.0)
    assert streams.choose(3.9) is None
    assert streams.next_resume() == 4.0
    assert _chosen(streams, 4.0, 3) == {"a": 3}


def test_a_success_ends_the_back_off() -> None:
    streams = Streams(["a"])
    for _ in range(5):
        streams.all[0].failed(0.0, Backoff(1.0, 100.0), lambda: 1.0)
    assert streams.next_resume() == 16.0
    streams.all[0].succeeded()
    streams.all[0].failed(0.0, Backoff(1.0, 100.0), lambda: 1.0)
    assert streams.next_resume() == 1.0
