"""Evaluate CloudWatch alarms from their metrics, as CloudWatch does.

moto keeps alarms and metrics but never compares them. Here an alarm is what DescribeAlarms
returns, and its datapoints are what GetMetricData returns.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

MINUTE = 60

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}

Datapoint = float | None
"""A period's value; ``None`` where the metric has none."""


def state_of(alarm: Mapping[str, Any], cloudwatch: Any, now: float) -> str:
    """Return ``OK`` or ``ALARM``: what the last whole periods before ``now`` make of the alarm.

    Args:
        alarm: one of the ``MetricAlarms`` of DescribeAlarms, with ``TreatMissingData`` set to
            ``notBreaching``.
        cloudwatch: a client of the account that holds the metrics.
        now: seconds since the epoch.
    """
    assert alarm["TreatMissingData"] == "notBreaching", alarm["AlarmName"]
    breaches = _COMPARISONS[alarm["ComparisonOperator"]]
    breaching = [
        value
        for value in datapoints_of(alarm, cloudwatch, now)
        if value is not None and breaches(value, alarm["Threshold"])
    ]
    wanted = alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"])
    return "ALARM" if len(breaching) >= wanted else "OK"


def datapoints_of(alarm: Mapping[str, Any], cloudwatch: Any, now: float) -> list[Datapoint]:
    """Return the datapoints that the alarm looks at, oldest first."""
    queries = alarm.get("Metrics") or [_single_query(alarm)]
    measured = [query for query in queries if "MetricStat" in query]
    period = int(measured[0]["MetricStat"]["Period"])
    # A period that is still going on does not count, and periods end on whole minutes.
    end = int(now // MINUTE * MINUTE)
    start = end - alarm["EvaluationPeriods"] * period
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[{**query, "ReturnData": True} for query in measured],
        StartTime=datetime.fromtimestamp(start, timezone.utc),
        EndTime=datetime.fromtimestamp(end, timezone.utc),
        ScanBy="TimestampAscending",
    )
    series = {
        result["Id"]: _by_period(result, range(start, end, period))
        for result in answer["MetricDataResults"]
    }
    (returned,) = (query for query in queries if query.get("ReturnData", True))
    if "MetricStat" in returned:
        return series[returned["Id"]]
    return [
        _calculate(
            ast.parse(returned["Expression"], mode="eval").body,
            {name: values[number] for name, values in series.items()},
            period,
        )
        for number in range(alarm["EvaluationPeriods"])
    ]


def _single_query(alarm: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Id": "m0",
        "MetricStat": {
            "Metric": {
                "Namespace": alarm["Namespace"],
                "MetricName": alarm["MetricName"],
                "Dimensions": alarm["Dimensions"],
            },
            "Period": alarm["Period"],
            "Stat": alarm["Statistic"],
        },
    }


def _by_period(result: Mapping[str, Any], starts: Sequence[int]) -> list[Datapoint]:
    values = {
        int(timestamp.timestamp()): float(value)
        for timestamp, value in zip(result["Timestamps"], result["Values"], strict=True)
    }
    return [values.get(start) for start in starts]


def _calculate(node: ast.expr, values: Mapping[str, Datapoint], period: int) -> Datapoint:
    """Return an expression of metric math for one period; without an operand it has no value."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return values[name]
        case ast.Call(func=ast.Name(id="PERIOD")):
            return float(period)
        case ast.Call(func=ast.Name(id="FILL"), args=[metric, filling]):
            value = _calculate(metric, values, period)
            return _calculate(filling, values, period) if value is None else value
        case ast.BinOp(left=first, op=sign, right=second):
            left, right = (_calculate(side, values, period) for side in (first, second))
            if left is None or right is None:
                return None
            return _OPERATORS[type(sign)](left, right)
    raise ValueError(f"not known of metric math: {ast.dump(node)}")
