"""One call to an AWS API and its answer, free of HTTP and of any service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Principal:
    """Who calls.

    Attributes:
        arn: for example ``arn:aws:sts::000000000000:assumed-role/writer/session``; for a
            service, its name: ``firehose.amazonaws.com``.
        account: twelve digits.
        role_arn: the IAM role behind an assumed-role session, else ``None``.
        is_service: whether an AWS service itself calls.
        access_key_id: the key that they signed with, to which a session's policies belong.
        source_function: ARN of the Lambda function whose credentials are used, else ``None``.
    """

    arn: str
    account: str
    role_arn: str | None = None
    is_service: bool = False
    access_key_id: str | None = field(default=None, compare=False)
    source_function: str | None = None


@dataclass(frozen=True)
class ApiCall:
    """A call whose sender is known.

    Attributes:
        service: the signing name, for example ``firehose``.
        operation: for example ``PutRecordBatch``.
        region: for example ``eu-west-1``.
        principal: who signed the call.
        body: as received, not parsed.
        headers: names in lower case.
    """

    service: str
    operation: str
    region: str
    principal: Principal
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ApiAnswer:
    """A complete answer, as it goes over the wire."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class ApiError(Exception):
    """An answer in AWS's error shape.

    Attributes:
        code: for example ``ResourceNotFoundException``.
        message: AWS's text where it is known.
        status: the HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
