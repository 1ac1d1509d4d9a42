"""Requests that could be read in two ways, or not at all."""

from __future__ import annotations

from typing import ClassVar

from hypothesis import given
from hypothesis import strategies as st

from firehose_logging.local.iam.actions import needs_of
from firehose_logging.local.iam.needs import Names
from firehose_logging.local.iam.parameters import HttpParts, parameters_of

from .calls import ACCOUNT, CALLER, REGION, asked

NAMES = Names(ACCOUNT, REGION, CALLER)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/writer"


class TestAmbiguousRequests:
    """What could be read in two ways must not be read in the caller's favour."""

    form: ClassVar = {"content-type": "application/x-www-form-urlencoded"}

    def test_a_parameter_sent_twice_names_no_resource(self) -> None:
        body = b"Action=AssumeRole&RoleArn=arn:aws:iam::1:role/a&RoleArn=arn:aws:iam::1:role/b"
        assert asked("sts", "AssumeRole", HttpParts("/", "", self.form, body)) == [
            ("sts:AssumeRole", None)
        ]

    def test_a_target_header_does_not_hide_a_form(self) -> None:
        headers = {**self.form, "x-amz-target": "X.GetUser"}
        request = HttpParts("/", "", headers, b"RoleName=writer")
        assert asked("iam", "GetRole", request) == [("iam:GetRole", ROLE)]

    def test_json_is_read_whatever_it_is_called(self) -> None:
        body = b'{"FunctionName": "clean", "Role": "%s"}' % ROLE.encode()
        request = HttpParts("/2015-03-31/functions", "", {"content-type": "text/plain"}, body)
        assert ("iam:PassRole", ROLE) in asked("lambda", "CreateFunction", request)

    def test_deleting_objects_that_cannot_be_read_asks_for_all_of_them(self) -> None:
        request = HttpParts("/b", "delete", {}, b"<Delete")
        assert asked("s3", "DeleteObjects", request) == [("s3:DeleteObject", "arn:aws:s3:::b/*")]


@given(
    service=st.sampled_from(
        [
            *("firehose", "logs", "sts", "kms", "es", "lambda", "iam", "monitoring", "ec2", "sns"),
            "s3",
        ]
    ),
    operation=st.sampled_from(
        ["PutMetricAlarm", "DeleteObjects", "CreateDomain", "Decrypt", "Nope"]
    ),
    protocol=st.sampled_from(
        [
            {},
            {"x-amz-target": "X.Y"},
            {"smithy-protocol": "rpc-v2-cbor"},
            {"content-type": "application/x-www-form-urlencoded"},
        ]
    ),
    path=st.sampled_from(["/", "/b", "/2021-01-01/opensearch/domain", "//%ff"]),
    body=st.binary(max_size=60) | st.sampled_from([b"[1]", b'{"KeyId": {}}', b"A.member.1=x&A=y"]),
)
def test_no_request_at_all_raises(
    service: str, operation: str, protocol: dict[str, str], path: str, body: bytes
) -> None:
    parameters = parameters_of(service, operation, HttpParts(path, "a=b&a", protocol, body))
    assert isinstance(needs_of(service, operation, parameters, NAMES), list)
