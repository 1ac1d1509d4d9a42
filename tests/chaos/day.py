"""A day of retrying in seconds: the handler's own parts, with a clock that is told the time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from firehose_logging.core import sending
from firehose_logging.core.backlog import Backlog, BatchPolicy
from firehose_logging.core.buffer import BufferLimits, RecordBuffer
from firehose_logging.core.counters import Counters
from firehose_logging.core.delivery import Delivery, Report
from firehose_logging.core.fallback import Fallback, Notices
from firehose_logging.core.sending import Answer
from firehose_logging.core.streams import Streams
from firehose_logging.core.wakeup import Wakeup

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
RECORD_PERIOD: Final = 2.0
FLUSH_INTERVAL: Final = 10.0
MAX_RETRY_AGE: Final = HOUR
REQUEST_SECONDS: Final = 0.05
MOST_STEPS: Final = 200_000
BATCH_RECORDS: Final = 500
BATCH_BYTES: Final = 4 * 1024 * 1024


class Spell(NamedTuple):
    """A part of the day.

    Attributes:
        begin: Seconds since the day began.
        end: The same.
        weather: ``outage``, ``throttling``, ``partial``, ``lost answers`` or ``denied``.
    """

    begin: float
    end: float
    weather: str


SPELLS: Final = (
    Spell(1 * HOUR, 1 * HOUR + 30, "outage"),
    Spell(2 * HOUR, 2.5 * HOUR, "throttling"),
    Spell(4 * HOUR, 5 * HOUR, "partial"),
    Spell(6 * HOUR, 6.7 * HOUR, "denied"),
    Spell(8 * HOUR, 11 * HOUR, "outage"),
    Spell(12 * HOUR, 13 * HOUR, "lost answers"),
    Spell(14 * HOUR, 14.9 * HOUR, "outage"),
    Spell(16 * HOUR, 22 * HOUR, "partial"),
)


class DayResult(NamedTuple):
    """How the day went.

    Attributes:
        logged: Records.
        arrived: Records that arrived, each counted once.
        duplicates: Acceptances beyond the first; each after an answer that was lost.
        unexplained: Acceptances beyond the first without such an answer.
        expired: Records given up for their age.
        queued: Records that wait at the end.
        oldest_sent: Age in seconds of the oldest record that was ever sent.
        spared: Records given up although the stream could be reached within their time.
        attempts: Requests per hour in each spell of outage of half an hour or more.
        recoveries: Seconds from the end of each spell of outage or denial to the next success.
    """

    logged: int
    arrived: int
    duplicates: int
    unexplained: int
    expired: int
    queued: int
    oldest_sent: float
    spared: int
    attempts: list[float]
    recoveries: list[float]


class World:
    """The time, and a Firehose that fares as the spells say."""

    def __init__(self, seed: int) -> None:
        self.now = 0.0
        self.random = random.Random(seed)
        self.accepted: Counter[int] = Counter()
        self.requests: list[tuple[float, str, bool]] = []
        self.unexplained = 0
        self.oldest_sent = 0.0
        self._answer_lost: set[int] = set()

    def clock(self) -> float:
        return self.now

    def weather(self) -> str:
        return next((one.weather for one in SPELLS if one.begin <= self.now < one.end), "fair")

    def send(self, stream: str, records: Sequence[bytes]) -> Answer:
        """Take a request as the weather is."""
        weather = self.weather()
        self.oldest_sent = max(self.oldest_sent, self.now - RECORD_PERIOD * int(records[0]))
        self.now += REQUEST_SECONDS
        answer = self._answer(weather, records)
        self.requests.append((self.now, weather, answer.kind == sending.DELIVERED))
        return answer

    def _answer(self, weather: str, records: Sequence[bytes]) -> Answer:
        if weather == "outage" or (weather == "throttling" and self.random.random() < 0.8):
            return Answer(sending.BUSY, problem="on purpose")
        if weather == "denied":
            return Answer(sending.REFUSED, problem="on purpose")
        share = 0.3 if weather == "partial" else 0.0
        failed = [at for at in range(len(records)) if share and self.random.random() < share]
        refused = set(failed)
        self._accept([int(record) for at, record in enumerate(records) if at not in refused])
        if weather == "lost answers" and self.random.random() < 0.3:
            self._answer_lost.update(map(int, records))
            return Answer(sending.BUSY, problem="on purpose")
        return Answer(sending.PARTIAL, failed) if failed else Answer(sending.DELIVERED)

    def _accept(self, numbers: list[int]) -> None:
        for number in numbers:
            if self.accepted[number] and number not in self._answer_lost:
                self.unexplained += 1
            self._answer_lost.discard(number)
            self.accepted[number] += 1


class HandlerInside:
    """The parts of a handler, without threads."""

    def __init__(self, world: World) -> None:
        self.counters = Counters()
        limits = BufferLimits(
            max_records=100_000,
            max_bytes=1 << 26,
            overflow="drop_oldest",
            block_timeout=0.0,
            batch_records=BATCH_RECORDS,
            batch_bytes=BATCH_BYTES,
        )
        self.buffer = RecordBuffer(limits, self.counters, Wakeup(), world.clock)
        policy = BatchPolicy(FLUSH_INTERVAL, BATCH_RECORDS, BATCH_BYTES)
        self.delivery = Delivery(
            backlog=Backlog(policy, self.buffer, spool=None),
            streams=Streams(("logging-test",)),
            sender=world,
            report=Report(self.counters, Fallback(None, self.counters), Notices(world.clock)),
            max_retry_age=MAX_RETRY_AGE,
            clock=world.clock,
            random=world.random.random,
        )


def live_through_a_day(seed: int) -> DayResult:
    """Log a record every other second for a day, and let the handler do what it can."""
    world = World(seed)
    handler = HandlerInside(world)
    logged = 0
    for _ in range(MOST_STEPS):
        if world.now >= DAY:
            break
        pause = handler.delivery.step(hurry=False)
        due = logged * RECORD_PERIOD
        wake = due if pause is None else world.now + pause
        while logged * RECORD_PERIOD <= wake and logged * RECORD_PERIOD < DAY:
            arrival = logged * RECORD_PERIOD
            world.now = max(world.now, arrival)
            handler.buffer.append(str(logged).encode())
            logged += 1
        world.now = max(world.now, wake)
    else:
        raise RuntimeError(f"after {world.now:.0f} s of the day the sending thread spins")
    expired = handler.counters.dropped.get("expired", 0)
    return DayResult(
        logged=logged,
        arrived=len(world.accepted),
        duplicates=sum(world.accepted.values()) - len(world.accepted),
        unexplained=world.unexplained,
        expired=expired,
        queued=handler.delivery.queued(),
        oldest_sent=world.oldest_sent,
        spared=sum(1 for number in range(logged) if _was_spared(number, world)),
        attempts=list(_attempts(world)),
        recoveries=list(_recoveries(world)),
    )


def _was_spared(number: int, world: World) -> bool:
    """Tell whether a record never arrived although it could have within its time."""
    born = number * RECORD_PERIOD
    gives_up = born + MAX_RETRY_AGE
    hopeless = any(
        one.weather == "outage" and one.begin - FLUSH_INTERVAL <= born and gives_up <= one.end + 20
        for one in SPELLS
    )
    return not world.accepted[number] and gives_up < DAY and not hopeless


def _attempts(world: World) -> Iterator[float]:
    for spell in SPELLS:
        if spell.weather == "outage" and spell.end - spell.begin >= HOUR / 2:
            count = sum(1 for at, _, _ in world.requests if spell.begin <= at < spell.end)
            yield count / ((spell.end - spell.begin) / HOUR)


def _recoveries(world: World) -> Iterator[float]:
    for spell in SPELLS:
        if spell.weather in {"outage", "denied"}:
            after = [at for at, _, good in world.requests if good and at >= spell.end]
            yield min(after, default=float("inf")) - spell.end
