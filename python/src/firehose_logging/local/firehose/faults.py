"""Faults on demand: what users and tests can make go wrong at a stream, and its domain."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Any

import orjson

from firehose_logging.local.api import ApiError
from firehose_logging.local.firehose.ports import AccessError, HttpAnswer
from firehose_logging.local.firehose.put import THROTTLED
from firehose_logging.local.firehose.records import Failure

PUT_KINDS = ("throttle", "partial", "delay")
DOMAIN_KINDS = ("domain-refuses", "domain-vanishes", "domain-disk-full", "domain-partial")
KINDS = PUT_KINDS + DOMAIN_KINDS
_LONGEST_DELAY = 300.0
_DISK_FULL = {
    "type": "cluster_block_exception",
    "reason": (
        "index blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, "
        "index has read-only-allow-delete block];"
    ),
}
REJECTED = Failure("429", '{"type":"rejected_execution_exception","reason":"on demand"}', True)
"""What a document gets that the domain is to reject."""


class FaultError(ValueError):
    """Say in one line why a fault can't be set."""


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong from now on.

    Attributes:
        kind: one of ``KINDS``. ``throttle``: a put is refused as a whole with "Slow down.";
            ``partial``: some of a batch's records are; ``delay``: a put is answered late;
            ``domain-refuses``: a bulk request gets ``status``; ``domain-vanishes``: it gets no
            answer; ``domain-disk-full``: each document meets a block; ``domain-partial``: some
            documents are rejected with 429.
        stream: whose; ``None`` for every stream.
        share: of the records or documents, for the partial kinds; of the calls, for the others.
        seconds: the length of a delay, in real time.
        status: what the domain answers when it refuses.
        calls: how many further calls are hit; ``None`` for no limit.
    """

    kind: str
    stream: str | None = None
    share: float = 1.0
    seconds: float = 1.0
    status: int = 503
    calls: int | None = None


class Faults:
    """The faults that are set now.

    Args:
        random: chooses what a share hits.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._set: list[Fault] = []

    async def handle(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what a JSON object asks, and return the faults that are set then.

        ``{}`` asks for nothing, ``{"clear": true}`` takes every fault away, and anything else is
        a fault to set, by the attributes of ``Fault``.

        Raises:
            FaultError: the fault is not known, or a value is out of range.
        """
        if asked.get("clear"):
            self._set.clear()
        elif asked:
            self._set.append(_read(asked))
        return {"faults": [asdict(fault) for fault in self._set]}

    async def before_put(self, stream: str) -> None:
        """Delay a put, or refuse it as a whole with ``ServiceUnavailableException``."""
        delay = self._strike("delay", stream)
        if delay is not None:
            await asyncio.sleep(delay.seconds)
        if self._strike("throttle", stream) is not None:
            raise ApiError(*THROTTLED, status=500)

    def refused_records(self, stream: str, count: int) -> list[int]:
        """Return the positions of a batch's records that are to be refused."""
        fault = self._strike("partial", stream)
        return [] if fault is None else self._some(fault, count)

    def answer_bulk(self, stream: str, count: int) -> HttpAnswer | None:
        """Return what the domain is to answer, or ``None`` to ask the domain itself.

        Raises:
            AccessError: the domain is to give no answer.
        """
        if self._strike("domain-vanishes", stream) is not None:
            raise AccessError("OS.ConnectionError", "The domain has vanished, on demand.")
        refusal = self._strike("domain-refuses", stream)
        if refusal is not None:
            return HttpAnswer(refusal.status, b'{"Message":"refused on demand"}')
        if self._strike("domain-disk-full", stream) is not None:
            return _items([{"status": 429, "error": _DISK_FULL}] * count)
        return None

    def rejected_documents(self, stream: str, count: int) -> list[int]:
        """Return the positions of documents that the domain is to reject with 429."""
        fault = self._strike("domain-partial", stream)
        return [] if fault is None else self._some(fault, count)

    def _strike(self, kind: str, stream: str) -> Fault | None:
        for position, fault in enumerate(self._set):
            if fault.kind != kind or fault.stream not in {None, stream}:
                continue
            if not kind.endswith("partial") and self._random.random() >= fault.share:
                continue
            self._count(position, fault)
            return fault
        return None

    def _count(self, position: int, fault: Fault) -> None:
        if fault.calls is None:
            return
        if fault.calls <= 1:
            del self._set[position]
        else:
            self._set[position] = replace(fault, calls=fault.calls - 1)

    def _some(self, fault: Fault, count: int) -> list[int]:
        return [position for position in range(count) if self._random.random() < fault.share]


def _items(items: list[dict[str, Any]]) -> HttpAnswer:
    answer = {"took": 0, "errors": True, "items": [{"index": item} for item in items]}
    return HttpAnswer(200, orjson.dumps(answer))


def _read(asked: Mapping[str, Any]) -> Fault:
    unknown = asked.keys() - Fault.__dataclass_fields__.keys()
    if unknown:
        raise FaultError(
            f"{min(unknown)!r} is no part of a fault; "
            f"there is {', '.join(Fault.__dataclass_fields__)}"
        )
    if asked.get("kind") not in KINDS:
        raise FaultError(f"kind must be one of {', '.join(KINDS)}, not {asked.get('kind')!r}")
    stream = asked.get("stream")
    if stream is not None and not isinstance(stream, str):
        raise FaultError(f"stream must be a name, not {stream!r}")
    calls = asked.get("calls")
    return Fault(
        kind=asked["kind"],
        stream=stream,
        share=_number(asked, "share", 0.0, 1.0, 1.0),
        seconds=_number(asked, "seconds", 0.0, _LONGEST_DELAY, 1.0),
        status=int(_number(asked, "status", 300, 599, 503)),
        calls=None if calls is None else int(_number(asked, "calls", 1, 1e9, 1)),
    )


def _number(
    asked: Mapping[str, Any], name: str, least: float, most: float, default: float
) -> float:
    value = asked.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise FaultError(f"{name} must be a number from {least:g} to {most:g}, not {value!r}")
    return value
