"""``ApiError`` as bytes, in the shape that each of AWS's protocols gives an error."""

from __future__ import annotations

import json
import uuid
from enum import Enum
from xml.sax.saxutils import escape

from firehose_logging.local.api import ApiAnswer, ApiError
from firehose_logging.local.gateway.request import Request


class Protocol(Enum):
    """AWS's wire protocols, as far as they differ in their errors."""

    JSON = "json"
    REST_JSON = "rest-json"
    QUERY = "query"
    EC2 = "ec2"
    REST_XML = "rest-xml"
    CBOR = "smithy-rpc-v2-cbor"


def protocol_of(request: Request) -> Protocol:
    """Tell the protocol from what the client sent."""
    if "x-amz-target" in request.headers:
        return Protocol.JSON
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        return Protocol.CBOR
    if request.service in ("s3", "s3control"):
        return Protocol.REST_XML
    if request.service == "ec2":
        return Protocol.EC2
    if "Action=" in request.query or "Action" in request.form:
        return Protocol.QUERY
    return Protocol.REST_JSON


def unsupported(request: Request, operation: str) -> ApiError:
    """Return the error for a call that neither a service of ours nor moto answers."""
    call = f"{request.service}:{operation}" if operation else f"{request.service} call"
    where = "" if operation else f" ({request.method} {request.path})"
    message = f"{call}{where} is not supported by the local stack."
    protocol = protocol_of(request)
    if protocol is Protocol.REST_XML:
        return ApiError("NotImplemented", message, 501)
    if protocol in (Protocol.QUERY, Protocol.EC2):
        return ApiError("InvalidAction", message, 400)
    return ApiError("UnknownOperationException", message, 400)


def error_answer(request: Request, error: ApiError) -> ApiAnswer:
    """Render an error in the shape of the caller's protocol, with a request id."""
    request_id = str(uuid.uuid4())
    content_type, body = _RENDERERS[protocol_of(request)](request, error, request_id)
    headers = {
        "content-type": content_type,
        "x-amzn-requestid": request_id,
        "x-amz-request-id": request_id,
        "x-amzn-errortype": error.code,
    }
    return ApiAnswer(error.status, b"" if request.method == "HEAD" else body, headers)


def _json(request: Request, error: ApiError, _request_id: str) -> tuple[str, bytes]:
    content_type = request.headers.get("content-type", "")
    if not content_type.startswith("application/x-amz-json-"):
        content_type = "application/x-amz-json-1.1"
    return content_type, json.dumps({"__type": error.code, "message": error.message}).encode()


def _rest_json(_request: Request, error: ApiError, _request_id: str) -> tuple[str, bytes]:
    return "application/json", json.dumps({"message": error.message}).encode()


def _query(_request: Request, error: ApiError, request_id: str) -> tuple[str, bytes]:
    fault = "Receiver" if error.status >= 500 else "Sender"
    inner = f"<Type>{fault}</Type>{_code_and_message(error)}"
    body = (
        f"<ErrorResponse><Error>{inner}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return "text/xml", body.encode()


def _ec2(_request: Request, error: ApiError, request_id: str) -> tuple[str, bytes]:
    inner = f"<Errors><Error>{_code_and_message(error)}</Error></Errors>"
    body = f"<Response>{inner}<RequestID>{request_id}</RequestID></Response>"
    return "text/xml", body.encode()


def _rest_xml(_request: Request, error: ApiError, request_id: str) -> tuple[str, bytes]:
    declaration = '<?xml version="1.0" encoding="UTF-8"?>'
    inner = f"{_code_and_message(error)}<RequestId>{request_id}</RequestId>"
    return "application/xml", f"{declaration}\n<Error>{inner}</Error>".encode()


def _cbor(_request: Request, error: ApiError, _request_id: str) -> tuple[str, bytes]:
    members = {"__type": error.code, "message": error.message}
    body = bytes([0xA0 + len(members)])
    for name, value in members.items():
        body += _cbor_text(name) + _cbor_text(value)
    return "application/cbor", body


def _cbor_text(text: str) -> bytes:
    raw = text.encode()
    return b"\x7a" + len(raw).to_bytes(4, "big") + raw


def _code_and_message(error: ApiError) -> str:
    return f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"


_RENDERERS = {
    Protocol.JSON: _json,
    Protocol.REST_JSON: _rest_json,
    Protocol.QUERY: _query,
    Protocol.EC2: _ec2,
    Protocol.REST_XML: _rest_xml,
    Protocol.CBOR: _cbor,
}
