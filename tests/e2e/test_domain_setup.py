"""The domain was ready before the first record came: types, retention, Dashboards."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from opensearchpy import OpenSearch

from firehose_logging import FirehoseHandler
from firehose_logging.verify import search
from firehose_logging.verify.deployment import Deployment

Get = Callable[[str], requests.Response]


@pytest.fixture(scope="module")
def get(deployment: Deployment) -> Get:
    def call(path: str) -> requests.Response:
        return requests.get(
            f"https://{deployment.domain_endpoint}{path}",
            auth=search.signer(deployment.region),
            headers={"securitytenant": "global"},
            verify=search.ca_bundle(),
            timeout=10,
        )

    return call


@pytest.fixture(scope="module", autouse=True)
def set_up(get: Get, deployment: Deployment, outputs_file: Path | None) -> None:
    answer = get(f"/_index_template/firehose-logging-{deployment.index_prefix}")
    if answer.status_code == 404 and outputs_file is not None:
        pytest.skip(f"{outputs_file} describes a deployment without a set-up function")
    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def index(deployment: Deployment, client: OpenSearch, patience: float) -> str:
    """Log a record, and return the index that it is found in."""
    handler = FirehoseHandler(deployment.stream_name, region_name=deployment.region)
    logger = logging.Logger("domain-setup", level=logging.INFO)
    logger.addHandler(handler)
    logger.error("for the set-up", extra={"customer": {"id": "c-1"}})
    handler.close()
    found: list[search.Hit] = search.wait_until(
        lambda: search.find(client, deployment.index_pattern, {"term": {"name": "domain-setup"}}),
        timeout=patience,
        what="a record by its logger's name",
    )
    return found[-1].index


def test_the_fields_of_a_record_have_the_types_that_searches_need(
    client: OpenSearch, index: str
) -> None:
    fields: dict[str, Any] = client.indices.get_mapping(index=index)[index]["mappings"][
        "properties"
    ]
    types = {name: fields[name]["type"] for name in ("asctime", "@timestamp", "name", "levelname")}
    assert types == {
        "asctime": "date",
        "@timestamp": "date",
        "name": "keyword",
        "levelname": "keyword",
    }
    assert {fields[name]["type"] for name in ("message", "exc_info")} == {"text"}


def test_records_are_found_by_time_and_by_what_extra_holds(
    client: OpenSearch, deployment: Deployment, index: str
) -> None:
    recent = {"range": {"asctime": {"gte": "now-1h"}}}
    customer = {"term": {"customer.id": "c-1"}}
    assert search.count(client, deployment.index_pattern, {"bool": {"filter": [recent, customer]}})


def test_the_index_is_deleted_by_age(get: Get, deployment: Deployment, index: str) -> None:
    answer = get(f"/_plugins/_ism/explain/{index}")
    assert answer.status_code == 200, answer.text
    state = answer.json()[index]
    policy = state["index.plugins.index_state_management.policy_id"]
    assert policy == f"firehose-logging-{deployment.index_prefix}"


def test_dashboards_knows_the_indexes_by_their_time_field(get: Get, deployment: Deployment) -> None:
    name = f"firehose-logging-{deployment.index_prefix}"
    answer = get(f"/_dashboards/api/saved_objects/index-pattern/{name}")
    assert answer.status_code == 200, answer.text
    attributes = answer.json()["attributes"]
    assert attributes["title"] == deployment.index_pattern
    assert attributes["timeFieldName"] == "asctime"


def test_dashboards_has_a_dashboard_of_errors(get: Get, deployment: Deployment) -> None:
    name = f"firehose-logging-{deployment.index_prefix}"
    answer = get(f"/_dashboards/api/saved_objects/dashboard/{name}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["attributes"]["title"] == f"{deployment.index_prefix}: errors"
