"""Statements A1 to A10, through the service's own entry point."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from firehose_logging.local.api import ApiError
from firehose_logging.local.firehose.ports import AccessError, DomainRecord

from .standin import ACCOUNT, DOMAIN, ROLE, Bench, configuration


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    await bench.firehose.start()
    yield bench
    await bench.firehose.stop()


async def test_a1_unknown_operation_is_refused_in_aws_shape(bench: Bench) -> None:
    assert (await bench.refused("Nothing")).code == "UnknownOperationException"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"a":'])
async def test_a1_body_that_is_no_json_object_is_a_serialization_exception(
    bench: Bench, body: bytes
) -> None:
    for operation in ("PutRecordBatch", "ListDeliveryStreams"):
        with pytest.raises(ApiError) as caught:
            await bench.raw(operation, body)
        assert caught.value.code == "SerializationException"


@pytest.mark.parametrize("name", ["", "x" * 65, "with space", "ümlaut", "a/b"])
async def test_a2_name_outside_the_pattern_is_a_validation_exception(
    bench: Bench, name: str
) -> None:
    error = await bench.refused("CreateDeliveryStream", **configuration(name))
    assert error.code == "ValidationException"
    assert "at 'deliveryStreamName' failed to satisfy constraint" in error.message


async def test_a2_missing_member_must_not_be_null(bench: Bench) -> None:
    error = await bench.refused("CreateDeliveryStream")
    assert error.code == "ValidationException"
    assert error.message == (
        "1 validation error detected: Value null at 'deliveryStreamName' failed to satisfy "
        "constraint: Member must not be null"
    )


async def test_a2_not_exactly_one_destination_is_invalid(bench: Bench) -> None:
    none = await bench.refused("CreateDeliveryStream", DeliveryStreamName="logs")
    s3 = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::b"}
    two = await bench.refused(
        "CreateDeliveryStream", **configuration(), S3DestinationConfiguration=s3
    )
    for error in (none, two):
        assert error.code == "InvalidArgumentException"
        assert error.message == "Exactly one destination configuration is supported for a Firehose"


async def test_other_destinations_are_named_as_unsupported(bench: Bench) -> None:
    s3 = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::b"}
    error = await bench.refused(
        "CreateDeliveryStream",
        DeliveryStreamName="logs",
        ExtendedS3DestinationConfiguration=s3,
    )
    assert "ExtendedS3DestinationConfiguration is not supported by the local stack" in error.message


async def test_a2_tags_are_kept_listed_and_limited_to_fifty(bench: Bench) -> None:
    tags = [{"Key": f"k{number:02d}", "Value": "v"} for number in range(50)]
    await bench.call("CreateDeliveryStream", **configuration(), Tags=tags)
    page = await bench.call("ListTagsForDeliveryStream", DeliveryStreamName="logs", Limit=2)
    assert page == {"Tags": tags[:2], "HasMoreTags": True}
    one_more = [{"Key": "extra"}]
    error = await bench.refused("TagDeliveryStream", DeliveryStreamName="logs", Tags=one_more)
    assert error.code == "InvalidArgumentException"
    await bench.call("UntagDeliveryStream", DeliveryStreamName="logs", TagKeys=["k00", "none"])
    await bench.call("TagDeliveryStream", DeliveryStreamName="logs", Tags=one_more)
    rest = await bench.call(
        "ListTagsForDeliveryStream", DeliveryStreamName="logs", ExclusiveStartTagKey="extra"
    )
    assert rest == {"Tags": tags[1:], "HasMoreTags": False}


async def test_a2_tag_keys_of_aws_are_refused(bench: Bench) -> None:
    await bench.create()
    tags = [{"Key": "aws:mine"}]
    error = await bench.refused("TagDeliveryStream", DeliveryStreamName="logs", Tags=tags)
    assert error.code == "ValidationException"


async def test_a3_defaults_stand_in_the_description(bench: Bench) -> None:
    await bench.create(BufferingHints=None)
    description = await bench.describe()
    destination = await bench.destination()
    assert description["DeliveryStreamARN"] == (
        f"arn:aws:firehose:eu-west-1:{ACCOUNT}:deliverystream/logs"
    )
    assert description["DeliveryStreamType"] == "DirectPut"
    assert description["VersionId"] == "1"
    assert description["HasMoreDestinations"] is False
    assert description["DeliveryStreamEncryptionConfiguration"] == {"Status": "DISABLED"}
    assert destination["IndexRotationPeriod"] == "OneDay"
    assert destination["BufferingHints"] == {"IntervalInSeconds": 300, "SizeInMBs": 5}
    assert destination["RetryOptions"] == {"DurationInSeconds": 300}
    assert destination["S3BackupMode"] == "FailedDocumentsOnly"
    assert "S3Configuration" not in destination


@pytest.mark.parametrize(
    "change",
    [
        {"IndexName": ""},
        {"IndexName": "x" * 81},
        {"IndexName": None},
        {"RoleARN": "role"},
        {"DomainARN": "arn:aws:es:eu-west-1:1:domain/x"},
        {"DomainARN": None, "ClusterEndpoint": "http://example"},
        {"TypeName": "x" * 101},
        {"IndexRotationPeriod": "OneYear"},
        {"BufferingHints": {"SizeInMBs": 101, "IntervalInSeconds": 60}},
        {"BufferingHints": {"SizeInMBs": 0, "IntervalInSeconds": 60}},
        {"BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 901}},
        {"RetryOptions": {"DurationInSeconds": 7201}},
        {"RetryOptions": {"DurationInSeconds": -1}},
        {"S3BackupMode": "Nothing"},
        {"DocumentIdOptions": {"DefaultDocumentIdFormat": "MINE"}},
        {"VpcConfiguration": {"RoleARN": ROLE, "SubnetIds": [], "SecurityGroupIds": ["sg"]}},
        {
            "VpcConfiguration": {
                "RoleARN": ROLE,
                "SubnetIds": ["s"],
                "SecurityGroupIds": ["sg"] * 6,
            }
        },
        {"S3Configuration": {"RoleARN": ROLE}},
    ],
)
async def test_a3_values_outside_the_model_are_validation_exceptions(
    bench: Bench, change: dict[str, Any]
) -> None:
    error = await bench.refused("CreateDeliveryStream", **configuration(**change))
    assert error.code == "ValidationException"
    assert "failed to satisfy constraint" in error.message


@pytest.mark.parametrize(
    "change", [{"DomainARN": None}, {"ClusterEndpoint": "https://example.com"}]
)
async def test_a3_domain_arn_or_cluster_endpoint_is_required_not_both(
    bench: Bench, change: dict[str, Any]
) -> None:
    error = await bench.refused("CreateDeliveryStream", **configuration(**change))
    assert error.code == "InvalidArgumentException"


async def test_wrong_type_of_a_member_is_a_serialization_exception(bench: Bench) -> None:
    error = await bench.refused("CreateDeliveryStream", DeliveryStreamName=5)
    assert error.code == "SerializationException"


async def test_a4_bucket_defaults(bench: Bench) -> None:
    await bench.create()
    bucket = (await bench.destination())["S3DestinationDescription"]
    assert bucket["BufferingHints"] == {"IntervalInSeconds": 300, "SizeInMBs": 5}
    assert bucket["CompressionFormat"] == "UNCOMPRESSED"
    assert bucket["EncryptionConfiguration"] == {"NoEncryptionConfig": "NoEncryption"}


@pytest.mark.parametrize("hints", [{"SizeInMBs": 1}, {"IntervalInSeconds": 60}])
async def test_a4_bucket_hints_are_both_or_neither(bench: Bench, hints: dict[str, int]) -> None:
    request = configuration(bucket={"BufferingHints": hints})
    error = await bench.refused("CreateDeliveryStream", **request)
    assert error.code == "InvalidArgumentException"
    assert "Both SizeInMBs and IntervalInSeconds" in error.message


@pytest.mark.parametrize("hints", [(0, 60), (129, 60), (1, 901)])
async def test_a4_bucket_hints_keep_the_limits(bench: Bench, hints: tuple[int, int]) -> None:
    size, interval = hints
    request = configuration(
        bucket={"BufferingHints": {"SizeInMBs": size, "IntervalInSeconds": interval}}
    )
    assert (await bench.refused("CreateDeliveryStream", **request)).code == "ValidationException"


async def test_a5_backup_mode_and_network_can_not_be_updated(bench: Bench) -> None:
    await bench.create()
    await bench.update(S3BackupMode="AllDocuments", VpcConfiguration={"SubnetIds": ["s"]})
    assert (await bench.describe())["VersionId"] == "1"
    assert (await bench.destination())["S3BackupMode"] == "FailedDocumentsOnly"


async def test_a5_opensearch_can_only_be_updated_to_opensearch(bench: Bench) -> None:
    await bench.create()
    error = await bench.refused(
        "UpdateDestination",
        DeliveryStreamName="logs",
        CurrentDeliveryStreamVersionId="1",
        DestinationId="destinationId-000000000001",
        ExtendedS3DestinationUpdate={"RoleARN": ROLE},
    )
    assert error.code == "InvalidArgumentException"


async def test_a6_role_that_can_not_be_assumed(bench: Bench) -> None:
    bench.aws.refusals["AssumeRole"] = AccessError("AccessDenied", "no")
    error = await bench.refused("CreateDeliveryStream", **configuration())
    assert (error.code, error.message) == (
        "InvalidArgumentException",
        f"Firehose is unable to assume role {ROLE}. Please check the role provided.",
    )
    del bench.aws.refusals["AssumeRole"]
    await bench.create()


async def test_a6_role_that_may_not_describe_the_domain(bench: Bench) -> None:
    bench.aws.refusals["DescribeDomain"] = AccessError("AccessDeniedException", "no")
    error = await bench.refused("CreateDeliveryStream", **configuration())
    assert (
        error.message
        == f"Verify that the IAM role has access to the Elasticsearch domain: {DOMAIN}"
    )


async def test_a6_missing_domain(bench: Bench) -> None:
    bench.aws.refusals["DescribeDomain"] = AccessError("ResourceNotFoundException", "no")
    error = await bench.refused("CreateDeliveryStream", **configuration())
    assert error.message == f"Domain not found: {DOMAIN}"


@pytest.mark.parametrize("version", ["Elasticsearch_7.1", "OpenSearch_3.5"])
async def test_a6_type_name_must_be_empty_where_types_are_gone(bench: Bench, version: str) -> None:
    bench.aws.domain = DomainRecord("localhost:1", version)
    error = await bench.refused("CreateDeliveryStream", **configuration(TypeName="doc"))
    engine, number = version.split("_")
    assert (
        error.message == f"Types are deprecated in {engine} version {number}. "
        "TypeName must be empty."
    )


async def test_a7_duplicate_name(bench: Bench) -> None:
    await bench.create()
    error = await bench.refused("CreateDeliveryStream", **configuration())
    assert (error.code, error.message) == (
        "ResourceInUseException",
        f"Firehose logs under accountId {ACCOUNT} already exists",
    )


async def test_a7_of_two_creations_at_once_one_wins(bench: Bench) -> None:
    results = await asyncio.gather(
        *(bench.call("CreateDeliveryStream", **configuration()) for _ in range(2)),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["ApiError", "dict"]


async def test_a7_names_are_unique_per_region_only(bench: Bench) -> None:
    await bench.create()
    await bench.call("CreateDeliveryStream", region="us-east-1", **configuration())
    assert (await bench.call("ListDeliveryStreams", region="us-east-1")) == {
        "DeliveryStreamNames": ["logs"],
        "HasMoreDeliveryStreams": False,
    }


async def test_a8_while_creating_puts_updates_and_deletes_are_refused_tags_allowed(
    bench: Bench,
) -> None:
    await bench.call("CreateDeliveryStream", **configuration())
    assert (await bench.describe())["DeliveryStreamStatus"] == "CREATING"
    put = await bench.refused("PutRecord", DeliveryStreamName="logs", Record={"Data": "e30="})
    assert (put.code, put.message) == (
        "ResourceNotFoundException",
        f"Firehose logs is not active in {ACCOUNT} account.",
    )
    delete = await bench.refused("DeleteDeliveryStream", DeliveryStreamName="logs")
    assert delete.code == "ResourceInUseException"
    with pytest.raises(ApiError, match="ResourceInUseException"):
        await bench.update(IndexName="other")
    await bench.call("TagDeliveryStream", DeliveryStreamName="logs", Tags=[{"Key": "a"}])
    await bench.clock.advance(1)
    assert (await bench.describe())["DeliveryStreamStatus"] == "ACTIVE"


async def test_a8_repeated_delete_succeeds_and_the_stream_goes(bench: Bench) -> None:
    await bench.create()
    await bench.call("DeleteDeliveryStream", DeliveryStreamName="logs")
    assert (await bench.describe())["DeliveryStreamStatus"] == "DELETING"
    await bench.call("DeleteDeliveryStream", DeliveryStreamName="logs")
    await bench.clock.advance(1)
    error = await bench.refused("DescribeDeliveryStream", DeliveryStreamName="logs")
    assert (error.code, error.message) == (
        "ResourceNotFoundException",
        f"Firehose logs under account {ACCOUNT} not found.",
    )


async def test_a8_deleted_stream_delivers_what_it_holds(bench: Bench) -> None:
    await bench.create()
    await bench.put(b'{"a":1}')
    await bench.call("DeleteDeliveryStream", DeliveryStreamName="logs")
    await bench.clock.advance(1)
    assert list(bench.aws.documents.values()) == [b'{"a":1}']


async def test_a9_update_merges_and_raises_the_version(bench: Bench) -> None:
    await bench.create(RetryOptions={"DurationInSeconds": 10})
    await bench.update(BufferingHints={"SizeInMBs": 7}, S3Update={"Prefix": "p/"})
    destination = await bench.destination()
    assert destination["BufferingHints"] == {"IntervalInSeconds": 60, "SizeInMBs": 7}
    assert destination["RetryOptions"] == {"DurationInSeconds": 10}
    assert destination["S3DestinationDescription"]["Prefix"] == "p/"
    assert destination["S3DestinationDescription"]["CompressionFormat"] == "UNCOMPRESSED"
    assert (await bench.describe())["VersionId"] == "2"


async def test_a9_empty_and_identical_updates_do_not_raise_the_version(bench: Bench) -> None:
    await bench.create()
    await bench.update()
    await bench.update(IndexName="logging-test")
    assert (await bench.describe())["VersionId"] == "1"


async def test_a9_version_mismatch_is_a_concurrent_modification(bench: Bench) -> None:
    await bench.create()
    with pytest.raises(ApiError) as caught:
        await bench.update(version="7", IndexName="other")
    assert caught.value.code == "ConcurrentModificationException"


async def test_a9_of_two_updates_of_one_version_one_wins(bench: Bench) -> None:
    await bench.create()
    results = await asyncio.gather(
        bench.update(IndexName="one"), bench.update(IndexName="two"), return_exceptions=True
    )
    assert [result for result in results if result is None] == [None]
    assert (await bench.describe())["VersionId"] == "2"


async def test_a10_destination_id_and_lexical_list(bench: Bench) -> None:
    names = [f"s{number:02d}" for number in range(12)]
    for name in reversed(names):
        await bench.call("CreateDeliveryStream", **configuration(name))
    first = await bench.call("ListDeliveryStreams")
    assert first == {"DeliveryStreamNames": names[:10], "HasMoreDeliveryStreams": True}
    rest = await bench.call("ListDeliveryStreams", ExclusiveStartDeliveryStreamName="s09")
    assert rest == {"DeliveryStreamNames": names[10:], "HasMoreDeliveryStreams": False}
    destinations = (await bench.describe("s00"))["Destinations"]
    assert destinations[0]["DestinationId"] == "destinationId-000000000001"
    for limit in (0, 10_001):
        error = await bench.refused("ListDeliveryStreams", Limit=limit)
        assert error.code == "ValidationException"
