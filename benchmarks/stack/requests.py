"""What a producer sends: signed calls to Firehose, or plain ones to an engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_JSON = "application/x-amz-json-1.1"


@dataclass(frozen=True)
class Target:
    """Where records go.

    Attributes:
        host: The address.
        port: The TCP port.
        name: Of the delivery stream, or of the index.
        region: Scope of the signatures.
        keys: Access key id and secret; empty for requests that are not signed.
        headers: Sent along as they are.
    """

    host: str
    port: int
    name: str
    region: str = ""
    keys: tuple[str, ...] = ()
    headers: Mapping[str, str] | None = None


class Line:
    """One kept-alive connection to a target."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._connection = HTTPConnection(target.host, target.port, timeout=120)

    def call(self, operation: str, body: bytes) -> tuple[int, Any]:
        """Call an operation of Firehose; return the status and the answer's JSON."""
        target = self._target
        headers = {"Content-Type": _JSON, "X-Amz-Target": f"Firehose_20150804.{operation}"}
        request = AWSRequest(
            "POST", f"http://{target.host}:{target.port}/", headers=headers, data=body
        )
        SigV4Auth(Credentials(*target.keys), "firehose", target.region).add_auth(request)
        return self._send("/", body, dict(request.headers.items()))

    def bulk(self, body: bytes) -> tuple[int, Any]:
        """Send a plain ``_bulk`` request; return the status and the answer's JSON."""
        headers = {"Content-Type": "application/x-ndjson", **(self._target.headers or {})}
        return self._send("/_bulk", body, headers)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _send(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
        self._connection.request("POST", path, body, dict(headers))
        answer = self._connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None
