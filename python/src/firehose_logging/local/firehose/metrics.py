"""CloudWatch metrics of the streams, published every minute (statement F3)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from firehose_logging.local.clock import Clock
from firehose_logging.local.firehose.ports import AccessError, Aws, MetricDatum

PERIOD = 60.0
_LOG = logging.getLogger(__name__)
_BATCH = 500


@dataclass
class _Statistics:
    unit: str
    count: float = 0
    total: float = 0
    least: float = float("inf")
    most: float = float("-inf")

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value
        self.least = min(self.least, value)
        self.most = max(self.most, value)


class Metrics:
    """Collect values in memory and publish their statistics once a minute.

    Attributes:
        gauges: called before each publication, to add what is measured by the minute.
    """

    def __init__(self, clock: Clock, aws: Aws) -> None:
        self._clock = clock
        self._aws = aws
        self.gauges: Callable[[], None] = lambda: None
        self._values: dict[tuple[str, str, str], _Statistics] = {}

    def add(self, region: str, stream: str, name: str, value: float, unit: str = "Count") -> None:
        """Note one value of the metric ``name``."""
        key = (region, stream, name)
        statistics = self._values.get(key)
        if statistics is None:
            statistics = self._values[key] = _Statistics(unit)
        statistics.add(value)

    async def run(self) -> None:
        """Publish once a minute until cancelled."""
        while True:
            await self._clock.sleep(PERIOD)
            await self.publish()

    async def publish(self) -> None:
        """Publish what was noted; a refusal is logged, and these values are given up."""
        self.gauges()
        values, self._values = self._values, {}
        by_region: dict[str, list[MetricDatum]] = {}
        for (region, stream, name), noted in values.items():
            by_region.setdefault(region, []).append(
                MetricDatum(
                    stream,
                    name,
                    noted.unit,
                    self._clock.now(),
                    noted.count,
                    noted.total,
                    noted.least,
                    noted.most,
                )
            )
        for region, data in by_region.items():
            for start in range(0, len(data), _BATCH):
                await self._publish(region, data[start : start + _BATCH])

    async def _publish(self, region: str, data: list[MetricDatum]) -> None:
        try:
            await self._aws.put_metrics(region, data)
        except AccessError as failure:
            _LOG.warning("%d metrics in %s are lost: %s", len(data), region, failure)
