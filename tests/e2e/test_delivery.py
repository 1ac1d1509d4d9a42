"""Batches, refusals and outages, from the handler to the index or the backup bucket."""

from __future__ import annotations

import base64
import gzip
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import boto3
from opensearchpy import OpenSearch

from firehose_logging import FirehoseHandler
from firehose_logging.verify import search
from firehose_logging.verify.deployment import Deployment


@contextmanager
def logger_to(
    deployment: Deployment, name: str
) -> Iterator[tuple[logging.Logger, FirehoseHandler]]:
    """Log to the deployment's stream; at the end nothing is left behind in the handler."""
    handler = FirehoseHandler(deployment.stream_name, region_name=deployment.region)
    logger = logging.Logger(name, level=logging.INFO)
    logger.addHandler(handler)
    try:
        yield logger, handler
    finally:
        handler.close()


def todays_index(client: OpenSearch, deployment: Deployment) -> str:
    names: list[str] = sorted(client.indices.get(index=deployment.index_pattern))
    return names[-1]


def test_a_batch_of_2000_records_arrives_complete_and_exactly_once(
    deployment: Deployment, client: OpenSearch, patience: float, run_id: str
) -> None:
    with logger_to(deployment, f"batch-{run_id}") as (logger, handler):
        for number in range(2000):
            logger.info("record %d of %s", number, run_id)
        assert handler.flush(timeout=60)
        assert handler.stats.sent == 2000
    query = {"match": {"message": run_id}}
    search.wait_until(
        lambda: search.count(client, deployment.index_pattern, query) >= 2000,
        timeout=patience,
        what=f"2,000 records of {run_id}",
    )
    hits = search.find(client, deployment.index_pattern, query, size=3000)
    messages = [hit.source["message"] for hit in hits]
    assert sorted(messages) == sorted(f"record {number} of {run_id}" for number in range(2000))


def test_a_document_that_the_domain_refuses_is_backed_up_with_reason_and_bytes(
    deployment: Deployment, client: OpenSearch, patience: float, run_id: str
) -> None:
    with logger_to(deployment, f"typed-{run_id}") as (logger, _):
        logger.info("typed %s", run_id)
    search.wait_until(
        lambda: search.count(client, deployment.index_pattern, {"match": {"message": run_id}}),
        timeout=patience,
        what="the record that types the fields",
    )
    refused = json.dumps({"asctime": {"not": "a date"}, "message": f"refused {run_id}"}).encode()
    firehose = boto3.client("firehose", region_name=deployment.region)
    firehose.put_record(DeliveryStreamName=deployment.stream_name, Record={"Data": refused})
    firehose.close()

    failed: dict[str, Any] = search.wait_until(
        lambda: next(iter(failed_documents(deployment, run_id)), None),
        timeout=patience,
        what=f"the refused document of {run_id} in {deployment.backup_bucket}",
        interval=1.0,
    )

    assert base64.b64decode(failed["rawData"]) == refused
    assert failed["errorCode"] == "400"
    assert "asctime" in failed["errorMessage"]
    assert failed["esIndexName"].startswith(deployment.index_prefix)
    assert failed["attemptsMade"] >= 1
    assert not search.count(
        client, deployment.index_pattern, {"match_phrase": {"message": f"refused {run_id}"}}
    )


def failed_documents(deployment: Deployment, run_id: str) -> Iterator[dict[str, Any]]:
    """Read all failed documents of this run from the backup bucket."""
    s3 = boto3.client("s3", region_name=deployment.region)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=deployment.backup_bucket)
    for page in pages:
        for entry in page.get("Contents", ()):
            body = s3.get_object(Bucket=deployment.backup_bucket, Key=entry["Key"])["Body"].read()
            text = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
            for line in text.splitlines():
                document = json.loads(line)
                if run_id.encode() in base64.b64decode(document["rawData"]):
                    assert "AmazonOpenSearchService-failed/" in entry["Key"]
                    yield document
    s3.close()


def test_records_logged_while_the_domain_takes_none_arrive_once_it_does(
    deployment: Deployment,
    client: OpenSearch,
    patience: float,
    run_id: str,
    domain_refuses_writes: Callable[[str], AbstractContextManager[None]],
) -> None:
    query = {"match": {"message": run_id}}
    with logger_to(deployment, f"outage-{run_id}") as (logger, handler):
        logger.info("before %s", run_id)
        search.wait_until(
            lambda: search.count(client, deployment.index_pattern, query) == 1,
            timeout=patience,
            what="the record before the outage",
        )
        with domain_refuses_writes(todays_index(client, deployment)):
            for number in range(100):
                logger.info("during %s %d", run_id, number)
            assert handler.flush(timeout=30), "Firehose takes records whatever the domain does"
        search.wait_until(
            lambda: search.count(client, deployment.index_pattern, query) == 101,
            timeout=patience + 60,
            what="the 100 records of the outage",
        )
    hits = search.find(client, deployment.index_pattern, query, size=300)
    messages = sorted(hit.source["message"] for hit in hits)
    assert messages == sorted(
        [f"before {run_id}", *(f"during {run_id} {number}" for number in range(100))]
    )
