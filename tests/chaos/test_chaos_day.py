"""A day of outages, throttling and refusals, simulated."""

from __future__ import annotations

import pytest
from tests.chaos.day import MAX_RETRY_AGE, DayResult, live_through_a_day


@pytest.fixture(scope="module")
def day() -> DayResult:
    return live_through_a_day(seed=1)


def test_every_record_of_a_day_is_accounted_for(day: DayResult) -> None:
    assert day.arrived + day.expired + day.queued >= day.logged
    assert day.arrived + day.expired + day.queued - day.logged <= day.duplicates


def test_records_are_given_up_only_when_the_stream_was_away_for_all_their_time(
    day: DayResult,
) -> None:
    assert day.spared == 0
    assert day.expired > 0


def test_no_record_older_than_its_age_limit_is_sent(day: DayResult) -> None:
    assert day.oldest_sent <= MAX_RETRY_AGE + 1


def test_records_of_a_day_come_twice_only_where_an_answer_was_lost(day: DayResult) -> None:
    assert day.unexplained == 0
    assert day.duplicates > 0


def test_an_outage_is_neither_hammered_nor_forgotten(day: DayResult) -> None:
    assert len(day.attempts) == 2
    assert all(180 <= attempts <= 720 for attempts in day.attempts)


def test_records_flow_again_within_the_longest_pause(day: DayResult) -> None:
    assert max(day.recoveries) <= 31
