"""Delivery, step by step, against a Firehose that does as told, in simulated time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from firehose_logging.core import sending
from firehose_logging.core.backlog import Backlog, BatchPolicy
from firehose_logging.core.buffer import BufferLimits, RecordBuffer
from firehose_logging.core.counters import Counters
from firehose_logging.core.delivery import Delivery, Report
from firehose_logging.core.fallback import Fallback, Notices
from firehose_logging.core.sending import Answer
from firehose_logging.core.streams import Streams
from firehose_logging.core.wakeup import Wakeup

Answering = Callable[[str, Sequence[bytes]], Answer]


class Simulation:
    """A delivery, a clock that only it moves, and a Firehose that keeps what it accepts."""

    def __init__(
        self,
        answer: Answering,
        *,
        streams: Sequence[str] = ("stream",),
        max_retry_age: float = 3_600.0,
        buffer_records: int = 100_000,
        seed: int = 0,
    ) -> None:
        self.now = 1_000.0
        self.answer = answer
        self.requests: list[tuple[float, str, list[bytes]]] = []
        self.accepted: list[bytes] = []
        self.counters = Counters()
        self.told: list[str] = []
        notices = Notices(lambda: self.now)
        notices.tell = lambda subject, text: self.told.append(f"{subject}: {text}")  # type: ignore[method-assign]
        limits = BufferLimits(
            max_records=buffer_records,
            max_bytes=1 << 30,
            overflow="drop_oldest",
            block_timeout=0.0,
            batch_records=500,
            batch_bytes=4 << 20,
        )
        self.buffer = RecordBuffer(limits, self.counters, Wakeup(), lambda: self.now)
        self.delivery = Delivery(
            backlog=Backlog(BatchPolicy(1.0, 500, 4 << 20), self.buffer, None),
            streams=Streams(streams),
            sender=self,
            report=Report(self.counters, Fallback(None, self.counters), notices),
            max_retry_age=max_retry_age,
            clock=lambda: self.now,
            random=random.Random(seed).random,
        )

    def send(self, stream: str, records: Sequence[bytes]) -> Answer:
        self.requests.append((self.now, stream, list(records)))
        self.now += 0.02
        answer = self.answer(stream, records)
        if answer.kind in (sending.DELIVERED, sending.PARTIAL):
            failed = set(answer.failed)
            self.accepted += [data for i, data in enumerate(records) if i not in failed]
        return answer

    def log(self, *records: bytes) -> None:
        for data in records:
            self.buffer.append(data)

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            pause = self.delivery.step(hurry=False)
            if pause is None:
                self.now = end
            elif pause:
                self.now = min(end, self.now + pause)


def _deliver(stream: str, records: Sequence[bytes]) -> Answer:
    return Answer(sending.DELIVERED)


def _busy(stream: str, records: Sequence[bytes]) -> Answer:
    return Answer(sending.BUSY, problem="down")


def _numbered(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(count)]


def test_a_record_leaves_after_the_flush_interval_alone() -> None:
    simulation = Simulation(_deliver)
    simulation.log(b"a")
    simulation.run(0.9)
    assert not simulation.requests
    simulation.run(0.2)
    assert simulation.accepted == [b"a"]


def test_a_full_batch_leaves_at_once() -> None:
    simulation = Simulation(_deliver)
    simulation.log(*_numbered(500))
    simulation.run(0.01)
    assert len(simulation.accepted) == 500


def test_a_day_of_retrying_is_patient_and_brings_every_record() -> None:
    simulation = Simulation(_busy, max_retry_age=7 * 86_400.0)
    simulation.log(*_numbered(2_000))
    simulation.run(86_400)
    assert 86_400 / 20 < len(simulation.requests) < 86_400 / 5, "full jitter below 20 s"
    simulation.answer = _deliver
    simulation.run(60)
    assert sorted(simulation.accepted) == sorted(_numbered(2_000))
    assert simulation.counters.sent == 2_000


def test_thirty_percent_of_partial_failures_lose_nothing_and_double_nothing() -> None:
    chance = random.Random(7)

    def answer(stream: str, records: Sequence[bytes]) -> Answer:
        failed = [i for i, _ in enumerate(records) if chance.random() < 0.3]
        return Answer(sending.PARTIAL, failed) if failed else Answer(sending.DELIVERED)

    simulation = Simulation(answer)
    simulation.log(*_numbered(20_000))
    simulation.run(120)
    assert Counter(simulation.accepted) == Counter(_numbered(20_000))
    assert len(simulation.requests) < 150


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["ok", "busy", "partial", "refused", "rejected"]), max_size=40),
    st.integers(1, 1_200),
    st.integers(0, 1_000),
)
def test_whatever_firehose_answers_every_record_is_accounted_for(
    answers: list[str], count: int, seed: int
) -> None:
    script = iter(answers)
    chance = random.Random(seed)

    def answer(stream: str, records: Sequence[bytes]) -> Answer:
        kind = next(script, "ok")
        if kind == "partial":
            failed = [i for i, _ in enumerate(records) if chance.random() < 0.5]
            return Answer(sending.PARTIAL, failed)
        kinds = {"busy": sending.BUSY, "refused": sending.REFUSED, "rejected": sending.REJECTED}
        return Answer(kinds.get(kind, sending.DELIVERED), problem=kind)

    simulation = Simulation(answer, seed=seed)
    simulation.log(*_numbered(count))
    simulation.run(3_000)
    counts = Counter(simulation.accepted)
    assert set(counts.values()) <= {1}
    assert len(counts) + sum(simulation.counters.dropped.values()) == count
    assert simulation.counters.sent == len(counts)
    assert simulation.delivery.queued() == 0
    for _, _, records in simulation.requests:
        assert 1 <= len(records) <= 500


def test_the_one_record_at_fault_is_found_and_dropped_alone() -> None:
    def answer(stream: str, records: Sequence[bytes]) -> Answer:
        return Answer(sending.REJECTED if b"137" in records else sending.DELIVERED, problem="bad")

    simulation = Simulation(answer)
    simulation.log(*_numbered(500))
    simulation.run(30)
    assert simulation.counters.dropped == {"rejected": 1}
    assert set(simulation.accepted) == set(_numbered(500)) - {b"137"}
    assert len(simulation.requests) < 30, "halving, not one by one"


def test_a_refusal_is_retried_slowly() -> None:
    simulation = Simulation(lambda stream, records: Answer(sending.REFUSED, problem="denied"))
    simulation.log(b"a")
    simulation.run(3_000)
    assert 3_000 / 30 < len(simulation.requests) < 3_000 / 8


def test_what_can_not_be_configured_falls_back_at_once() -> None:
    simulation = Simulation(lambda stream, records: Answer(sending.UNCONFIGURED, problem="none"))
    simulation.log(b"a")
    simulation.run(1.1)
    assert simulation.counters.dropped == {"unconfigured": 1}
    simulation.log(b"b")
    simulation.run(1.1)
    assert simulation.counters.dropped == {"unconfigured": 2}
    simulation.answer = _deliver
    simulation.run(60)
    simulation.log(b"c")
    simulation.run(1.1)
    assert simulation.accepted == [b"c"]


def test_no_record_outlives_its_age_limit() -> None:
    simulation = Simulation(_busy, max_retry_age=100.0)
    simulation.log(*_numbered(700))
    simulation.run(50)
    simulation.log(b"young")
    simulation.run(51)
    assert simulation.counters.dropped == {"expired": 700}
    assert simulation.delivery.queued() == 1
    assert all(at <= 1_100.1 for at, _, records in simulation.requests if b"0" in records)


def test_a_stream_that_throttles_is_left_to_the_others() -> None:
    def answer(stream: str, records: Sequence[bytes]) -> Answer:
        return Answer(sending.BUSY if stream == "bad" else sending.DELIVERED)

    simulation = Simulation(answer, streams=("good", "bad"))
    for _ in range(100):
        simulation.log(*_numbered(500))
        simulation.run(0.5)
    streams = Counter(stream for _, stream, _ in simulation.requests)
    assert streams["good"] >= 100
    assert streams["bad"] < 25


def test_back_off_of_single_records_is_forgotten_once_they_are_through() -> None:
    refused: Counter[bytes] = Counter()

    def answer(stream: str, records: Sequence[bytes]) -> Answer:
        failed = [i for i, data in enumerate(records) if data == b"slow" and refused[data] < 8]
        refused.update(records[i] for i in failed)
        return Answer(sending.PARTIAL, failed) if failed else Answer(sending.DELIVERED)

    simulation = Simulation(answer)
    simulation.log(b"slow", *_numbered(10))
    for _ in range(60):
        simulation.log(*_numbered(10))
        simulation.run(1.1)
    assert simulation.accepted.count(b"slow") == 1
    times = [at for at, _, records in simulation.requests if b"slow" in records]
    assert times[-1] - times[0] > 1.0


def test_at_the_end_everything_is_handed_over_even_a_batch_on_its_way() -> None:
    simulation = Simulation(_deliver)

    def answer(stream: str, records: Sequence[bytes]) -> Answer:
        simulation.delivery.abandon("closed")
        return Answer(sending.DELIVERED)

    simulation.answer = answer
    simulation.log(*_numbered(700))
    simulation.run(0.001)
    assert simulation.counters.dropped == {"closed": 700}
    assert simulation.counters.sent == 0
    assert simulation.delivery.queued() == 0
