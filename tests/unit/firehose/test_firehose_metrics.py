"""Statement F3: every metric, by name and unit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from firehose_logging.local.firehose import Quotas
from firehose_logging.local.firehose.ports import AccessError, HttpAnswer

from .standin import Bench, Function, bulk_answer, item, processing, records

TO_DOMAIN = "DeliveryToAmazonOpenSearchService."


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench(quotas=Quotas(1000, 100, 5_000_000))
    await bench.firehose.start()
    yield bench
    await bench.firehose.stop(0.2)


def totals(bench: Bench) -> dict[str, float]:
    found: dict[str, float] = {}
    for datum in bench.aws.metrics:
        assert datum.stream == "logs"
        found[datum.name] = found.get(datum.name, 0) + datum.total
    return found


async def test_f3_every_metric_of_a_stream_is_published(bench: Bench) -> None:
    function = bench.aws.function = Function()
    function.change = lambda entries: entries
    bench.aws.answer = lambda lines: bulk_answer(
        [item(400, {"type": "x"}) if b"BAD" in data else item() for _, data in lines]
    )
    await bench.create(ProcessingConfiguration=processing(), S3BackupMode="AllDocuments")
    await bench.put(b'{"a":"good"}', b'{"a":"bad"}')
    await bench.call("PutRecord", DeliveryStreamName="logs", Record=records(b"{}")[0])
    await bench.clock.advance(600)
    found = totals(bench)
    expected = {
        f"{TO_DOMAIN}Records": 2,
        f"{TO_DOMAIN}Bytes": 14,
        f"{TO_DOMAIN}Success": 2 / 3,
        f"{TO_DOMAIN}AuthFailure": 0,
        f"{TO_DOMAIN}DeliveryRejected": 1,
        "DeliveryToS3.Records": 3,
        "DeliveryToS3.Bytes": 25,
        "DeliveryToS3.Success": 2,
        "IncomingRecords": 3,
        "IncomingBytes": 25,
        "IncomingPutRequests": 2,
        "ThrottledRecords": 0,
        "PutRecord.Bytes": 2,
        "PutRecord.Requests": 1,
        "PutRecordBatch.Bytes": 23,
        "PutRecordBatch.Requests": 1,
        "PutRecordBatch.Records": 2,
        "ExecuteProcessing.Success": 1,
        "SucceedProcessing.Records": 3,
        "SucceedProcessing.Bytes": 25,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    assert {
        f"{TO_DOMAIN}DataFreshness",
        "DeliveryToS3.DataFreshness",
        "BytesPerSecondLimit",
        "RecordsPerSecondLimit",
        "PutRequestsPerSecondLimit",
        "PutRecord.Latency",
        "PutRecordBatch.Latency",
        "ExecuteProcessing.Duration",
    } <= found.keys()


async def test_f3_limits_are_published_every_minute_without_traffic(bench: Bench) -> None:
    await bench.create()
    await bench.clock.advance(180)
    assert [datum.most for datum in bench.aws.metric("RecordsPerSecondLimit")] == [1000] * 3
    assert [datum.unit for datum in bench.aws.metric("BytesPerSecondLimit")] == ["Bytes/Second"] * 3


async def test_f3_freshness_grows_while_the_domain_is_down(bench: Bench) -> None:
    bench.aws.answer = lambda _lines: HttpAnswer(503, b"")
    await bench.create(RetryOptions={"DurationInSeconds": 7200})
    await bench.put(b"{}")
    await bench.clock.advance(1800)
    ages = [datum.most for datum in bench.aws.metric(f"{TO_DOMAIN}DataFreshness")]
    assert ages == sorted(ages)
    assert ages[-1] > 1700
    assert {datum.most for datum in bench.aws.metric(f"{TO_DOMAIN}Success")} == {0}


async def test_f3_failed_backups_show_as_no_success(bench: Bench) -> None:
    bench.aws.answer = lambda lines: bulk_answer([item(400, {"type": "x"}) for _ in lines])
    bench.aws.refusals["PutObject"] = AccessError("AccessDenied", "no")
    await bench.create()
    await bench.put(b"{}")
    await bench.clock.advance(600)
    assert {datum.most for datum in bench.aws.metric("DeliveryToS3.Success")} == {0}


async def test_refused_metrics_stop_nothing(bench: Bench, caplog: Any) -> None:
    bench.aws.refusals["PutMetricData"] = AccessError("AccessDenied", "no")
    await bench.create()
    await bench.put(b"{}")
    await bench.clock.advance(120)
    assert bench.aws.documents
    assert "metrics in eu-west-1 are lost" in caplog.text
