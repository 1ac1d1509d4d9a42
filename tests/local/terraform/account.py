"""What an account holds, and what is done with it from outside Terraform."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from types import TracebackType
from typing import Any, cast

import boto3
from opensearchpy import OpenSearch

from firehose_logging.verify import search
from firehose_logging.verify.deployment import Deployment

PATIENCE = 60.0


class Account:
    """An account as the credentials of a session see it.

    Args:
        session: leads to the account.
    """

    def __init__(self, session: boto3.Session) -> None:
        # Which service it is, is known at run time only, and the stubs want to know before.
        self._session: Any = session
        self._clients: dict[str, Any] = {}
        self._open = ExitStack()

    def __enter__(self) -> Account:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def client(self, service: str) -> Any:
        """Return a client that is closed with the account."""
        if service not in self._clients:
            client = self._open.enter_context(closing(self._session.client(service)))
            self._clients[service] = client
        return self._clients[service]

    def inventory(self) -> dict[str, set[str]]:
        """Return the names of all that the modules and the examples can make."""
        return {
            "streams": set(self._all("firehose", "list_delivery_streams", "DeliveryStreamNames")),
            "domains": self._named("opensearch", "list_domain_names", "DomainNames", "DomainName"),
            "buckets": self._named("s3", "list_buckets", "Buckets", "Name"),
            "roles": self._named("iam", "list_roles", "Roles", "RoleName"),
            "policies": self._named(
                "iam", "list_policies", "Policies", "PolicyName", Scope="Local"
            ),
            "log groups": self._named("logs", "describe_log_groups", "logGroups", "logGroupName"),
            "log policies": self._named(
                "logs", "describe_resource_policies", "resourcePolicies", "policyName"
            ),
            "functions": self._named("lambda", "list_functions", "Functions", "FunctionName"),
            "alarms": self._named("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
            "dashboards": self._named(
                "cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"
            ),
            "topics": self._named("sns", "list_topics", "Topics", "TopicArn"),
            "aliases of keys": self._named("kms", "list_aliases", "Aliases", "AliasName"),
            "networks": self._named("ec2", "describe_vpcs", "Vpcs", "VpcId"),
            "subnets": self._named("ec2", "describe_subnets", "Subnets", "SubnetId"),
            "groups": self._named("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
            "interfaces": self._named(
                "ec2", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"
            ),
            "keys": set(self._usable_keys()),
        }

    def _all(self, service: str, operation: str, member: str, **given: Any) -> list[Any]:
        return list(getattr(self.client(service), operation)(**given)[member])

    def _named(
        self, service: str, operation: str, member: str, name: str, **given: Any
    ) -> set[str]:
        return {entry[name] for entry in self._all(service, operation, member, **given)}

    def _usable_keys(self) -> Iterator[str]:
        kms = self.client("kms")
        for key in self._all("kms", "list_keys", "Keys"):
            described = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
            if described["KeyState"] != "PendingDeletion":
                yield key["KeyId"]

    def destination(self, stream: str) -> dict[str, Any]:
        """Return the description of a stream's destination."""
        described = self.client("firehose").describe_delivery_stream(DeliveryStreamName=stream)
        (only,) = described["DeliveryStreamDescription"]["Destinations"]
        return cast("dict[str, Any]", only["AmazonopensearchserviceDestinationDescription"])

    def put(self, stream: str, *documents: dict[str, Any]) -> None:
        """Put documents into a stream."""
        answer = self.client("firehose").put_record_batch(
            DeliveryStreamName=stream,
            Records=[{"Data": json.dumps(document).encode() + b"\n"} for document in documents],
        )
        assert answer["FailedPutCount"] == 0, answer

    def backed_up(self, bucket: str, prefix: str = "") -> list[dict[str, Any]]:
        """Return the lines of the bucket's objects whose keys begin with ``prefix``."""
        s3 = self.client("s3")
        found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        bodies = [
            (entry["Key"], s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
            for entry in found
        ]
        return [
            json.loads(line)
            for key, body in bodies
            for line in (gzip.decompress(body) if key.endswith(".gz") else body).splitlines()
        ]

    def empty_buckets(self) -> None:
        """Delete each version of each object: a bucket that holds any is not destroyed."""
        s3 = self.client("s3")
        for bucket in self._named("s3", "list_buckets", "Buckets", "Name"):
            versions = s3.list_object_versions(Bucket=bucket)
            for entry in [*versions.get("Versions", []), *versions.get("DeleteMarkers", [])]:
                s3.delete_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])


def find_documents(deployment: Deployment, query: dict[str, Any], count: int) -> list[search.Hit]:
    """Return ``count`` documents that match, once they can be found."""
    client: OpenSearch
    with closing(search.client(deployment)) as client:
        pattern = f"{deployment.index_prefix}*"

        def enough() -> list[search.Hit] | None:
            hits = search.find(client, pattern, query, size=count)
            return hits if len(hits) >= count else None

        what = f"{count} documents that match {query}"
        hits: list[search.Hit] = search.wait_until(enough, timeout=PATIENCE, what=what)
        return hits
