"""Waiting for a document, on a clock that is passed in."""

import pytest
from opensearchpy.exceptions import ConnectionError as OpenSearchConnectionError

from firehose_logging.verify.search import NotFoundInTimeError, wait_until


class Time:
    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


def test_the_first_true_answer_is_returned() -> None:
    time, answers = Time(), iter([None, [], ["hit"], ["later"]])
    found = wait_until(
        lambda: next(answers), timeout=10, what="it", interval=1, now=time.now, sleep=time.sleep
    )
    assert found == ["hit"]
    assert time.passed == 2


def test_a_domain_that_is_away_counts_as_not_yet() -> None:
    time = Time()

    def look() -> str:
        if time.passed < 1:
            raise OpenSearchConnectionError("N/A", "refused", None)
        return "hit"

    assert wait_until(look, timeout=10, what="it", now=time.now, sleep=time.sleep) == "hit"


def test_the_end_of_patience_names_what_was_waited_for_and_the_last_answer() -> None:
    time = Time()
    with pytest.raises(NotFoundInTimeError, match=r"the record: not seen within 5 s.*\[\]"):
        wait_until(list, timeout=5, what="the record", now=time.now, sleep=time.sleep)
    assert 5 <= time.passed < 6


def test_a_mistake_of_the_callers_is_not_waited_out() -> None:
    time = Time()

    def look() -> None:
        raise KeyError("typo")

    with pytest.raises(KeyError):
        wait_until(look, timeout=5, what="it", now=time.now, sleep=time.sleep)
    assert time.passed == 0
