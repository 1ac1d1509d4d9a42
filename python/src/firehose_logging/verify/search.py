"""Search a domain as a caller with AWS credentials."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.credentials import Credentials
from opensearchpy import OpenSearch, RequestsAWSV4SignerAuth, Urllib3AWSV4SignerAuth
from opensearchpy.exceptions import ConnectionError as OpenSearchConnectionError
from opensearchpy.exceptions import NotFoundError, TransportError

from firehose_logging.verify.deployment import Deployment


class NotFoundInTimeError(Exception):
    """Say what was searched, for how long, and what the last answer was."""


@dataclass(frozen=True)
class Hit:
    """A document as found."""

    index: str
    id: str
    source: Mapping[str, Any]


def signer(region: str) -> RequestsAWSV4SignerAuth:
    """Return what signs the calls of the requests library to a domain.

    Raises:
        ValueError: boto3 finds no credentials; says what to set.
    """
    return RequestsAWSV4SignerAuth(_credentials(), region, "es")


def ca_bundle() -> str | bool:
    """Return what verifies the domain's certificate: AWS_CA_BUNDLE, or the usual roots."""
    return os.environ.get("AWS_CA_BUNDLE") or True


def client(deployment: Deployment) -> OpenSearch:
    """Return an opensearch-py client of the deployment's domain."""
    address = urlsplit(f"https://{deployment.domain_endpoint}")
    bundle = ca_bundle()
    return OpenSearch(
        hosts=[{"host": address.hostname, "port": address.port or 443}],
        # opensearch-py's other connection, on requests, lets REQUESTS_CA_BUNDLE win over ca_certs.
        http_auth=Urllib3AWSV4SignerAuth(_credentials(), deployment.region, "es"),
        use_ssl=True,
        verify_certs=True,
        ca_certs=bundle if isinstance(bundle, str) else None,
        timeout=10,
        max_retries=0,
    )


def _credentials() -> Credentials:
    credentials = boto3.Session().get_credentials()
    if credentials is None:
        raise ValueError(
            "no AWS credentials found; set AWS_PROFILE or AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY"
        )
    return credentials


def find(
    search: OpenSearch, index_pattern: str, query: Mapping[str, Any], size: int = 10
) -> list[Hit]:
    """Return the documents that match now; none where no index matches yet."""
    answer = search.search(
        index=index_pattern,
        body={"query": query, "size": size},
        params={"ignore_unavailable": "true", "allow_no_indices": "true"},
    )
    return [
        Hit(index=hit["_index"], id=hit["_id"], source=hit["_source"])
        for hit in answer["hits"]["hits"]
    ]


def count(search: OpenSearch, index_pattern: str, query: Mapping[str, Any]) -> int:
    """Return how many documents match now."""
    answer = search.count(
        index=index_pattern,
        body={"query": query},
        params={"ignore_unavailable": "true", "allow_no_indices": "true"},
    )
    return int(answer["count"])


def wait_until(
    look: Callable[[], Any],
    *,
    timeout: float,
    what: str,
    interval: float = 0.25,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Any:
    """Return the first true answer of ``look``, asked every ``interval`` seconds.

    A domain that can't be reached, or refuses for now, counts as "not yet".

    Raises:
        NotFoundInTimeError: none came within ``timeout`` seconds; names ``what`` and the last
            answer or error.
    """
    deadline = now() + timeout
    last: object = None
    while True:
        try:
            last = look()
        except (OpenSearchConnectionError, NotFoundError, TransportError) as error:
            last = None
            problem: object = error
        else:
            problem = last
        if last:
            return last
        if now() >= deadline:
            raise NotFoundInTimeError(
                f"{what}: not seen within {timeout:.0f} s; last answer: {problem!r}"
            )
        sleep(interval)
