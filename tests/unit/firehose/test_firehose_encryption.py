"""Statement A16: streams under a key, and keys that can not be used."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from firehose_logging.local.api import ApiError
from firehose_logging.local.firehose.ports import AccessError

from .standin import Bench, configuration

KEY = "arn:aws:kms:eu-west-1:000000000000:key/k"
OWN_KEY = {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": KEY}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    await bench.firehose.start()
    yield bench
    await bench.firehose.stop()


async def test_a16_encryption_goes_through_its_states(bench: Bench) -> None:
    await bench.create()

    async def status() -> str:
        description = await bench.describe()
        return str(description["DeliveryStreamEncryptionConfiguration"]["Status"])

    await bench.call("StartDeliveryStreamEncryption", DeliveryStreamName="logs")
    assert await status() == "ENABLING"
    again = await bench.refused("StartDeliveryStreamEncryption", DeliveryStreamName="logs")
    assert again.code == "ResourceInUseException"
    await bench.clock.advance(1)
    assert await status() == "ENABLED"
    assert (await bench.put(b"{}"))["Encrypted"] is True
    await bench.call("StopDeliveryStreamEncryption", DeliveryStreamName="logs")
    assert await status() == "DISABLING"
    await bench.clock.advance(1)
    assert await status() == "DISABLED"


async def test_a16_customer_managed_key_needs_its_arn(bench: Bench) -> None:
    await bench.create()
    error = await bench.refused(
        "StartDeliveryStreamEncryption",
        DeliveryStreamName="logs",
        DeliveryStreamEncryptionConfigurationInput={"KeyType": "CUSTOMER_MANAGED_CMK"},
    )
    assert error.code == "InvalidArgumentException"


@pytest.mark.parametrize(
    ("state", "refusal", "kind"),
    [
        ("Disabled", None, "DISABLED_KMS_KEY"),
        ("PendingDeletion", None, "INVALID_KMS_KEY"),
        ("", "NotFoundException", "KMS_KEY_NOT_FOUND"),
        ("", "AccessDeniedException", "KMS_ACCESS_DENIED"),
    ],
)
async def test_a16_enabling_fails_with_a_key_that_can_not_be_used(
    bench: Bench, state: str, refusal: str | None, kind: str
) -> None:
    await bench.create()
    bench.aws.key = state
    if refusal:
        bench.aws.refusals["DescribeKey"] = AccessError(refusal, "no")
    await bench.call(
        "StartDeliveryStreamEncryption",
        DeliveryStreamName="logs",
        DeliveryStreamEncryptionConfigurationInput=OWN_KEY,
    )
    await bench.clock.advance(2)
    encryption = (await bench.describe())["DeliveryStreamEncryptionConfiguration"]
    assert encryption["Status"] == "ENABLING_FAILED"
    assert encryption["FailureDescription"]["Type"] == kind


async def test_a16_f3_puts_are_refused_while_the_key_is_disabled(bench: Bench) -> None:
    await bench.call(
        "CreateDeliveryStream",
        **configuration(),
        DeliveryStreamEncryptionConfigurationInput=OWN_KEY,
    )
    await bench.clock.advance(3)
    assert (await bench.put(b"{}"))["Encrypted"] is True
    bench.aws.key = "Disabled"
    await bench.clock.advance(61)
    with pytest.raises(ApiError, match="InvalidKMSResourceException: DisabledException"):
        await bench.put(b"{}")
    bench.aws.key = "Enabled"
    await bench.clock.advance(61)
    await bench.put(b"{}")
    assert sum(datum.total for datum in bench.aws.metric("KMSKeyDisabled")) == 1
