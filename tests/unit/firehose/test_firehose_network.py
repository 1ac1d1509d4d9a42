"""Statement G5: the network interfaces of streams in a VPC."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from firehose_logging.local.api import ApiError
from firehose_logging.local.firehose.ports import AccessError

from .standin import ROLE, Bench, configuration

NETWORK = {"RoleARN": ROLE, "SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    await bench.firehose.start()
    yield bench
    await bench.firehose.stop()


async def test_a5_g5_network_is_described_with_its_vpc_and_interfaces_go_with_the_stream(
    bench: Bench,
) -> None:
    await bench.create(VpcConfiguration=NETWORK)
    described = (await bench.destination())["VpcConfigurationDescription"]
    assert described == NETWORK | {"VpcId": "vpc-1"}
    assert [subnet for _, subnet in bench.aws.interfaces] == ["subnet-1", "subnet-2"]
    await bench.call("DeleteDeliveryStream", DeliveryStreamName="logs")
    await bench.clock.advance(2)
    assert not bench.aws.interfaces


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("UnauthorizedOperation", "Please make sure the role specified in VpcConfiguration"),
        ("InvalidSubnetID.NotFound", "no"),
    ],
)
async def test_g5_network_that_the_role_can_not_see_is_refused(
    bench: Bench, code: str, said: str
) -> None:
    bench.aws.refusals["DescribeSubnets"] = AccessError(code, "no")
    error = await bench.refused("CreateDeliveryStream", **configuration(VpcConfiguration=NETWORK))
    assert error.code == "InvalidArgumentException"
    assert error.message.startswith(said)


async def test_a8_g5_stream_without_interfaces_fails_to_be_created_and_can_only_be_deleted(
    bench: Bench,
) -> None:
    bench.aws.refusals["CreateNetworkInterface"] = AccessError("UnauthorizedOperation", "no")
    await bench.create(VpcConfiguration=NETWORK)
    description = await bench.describe()
    assert description["DeliveryStreamStatus"] == "CREATING_FAILED"
    assert description["FailureDescription"]["Type"] == "ENI_ACCESS_DENIED"
    with pytest.raises(ApiError, match="ResourceNotFoundException"):
        await bench.put(b"{}")
    with pytest.raises(ApiError, match="ResourceInUseException"):
        await bench.update(IndexName="other")
    await bench.call("DeleteDeliveryStream", DeliveryStreamName="logs")
    await bench.clock.advance(2)
    with pytest.raises(ApiError, match="ResourceNotFoundException"):
        await bench.describe()
