"""Spare botocore the serialising and parsing of every record, through its own events.

botocore's serializer handles each record several times, and its parser each entry of the answer;
together that is two thirds of the CPU that sending costs. Credentials, signing, endpoint rules,
proxies and retries stay botocore's. Where an event does not come, the plain call is what happens.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_BODY: Final = "firehose_logging.body"
_NONE_FAILED: Final = re.compile(rb'"FailedPutCount"\s*:\s*0\s*[,}]')


def prepare_requests(client: Any) -> None:
    """Let ``client`` send and read PutRecordBatch the short way, where it has events."""
    events = getattr(getattr(client, "meta", None), "events", None)
    if events is None:
        return
    base64_encoder()  # now, while nobody forks
    # Last, so that a Stubber has compared the call's parameters before they are shortened.
    events.register_last("before-parameter-build.firehose.PutRecordBatch", _set_body_aside)
    events.register("before-call.firehose.PutRecordBatch", _put_body_in)
    events.register("before-parse.firehose.PutRecordBatch", _shorten_answer)


@lru_cache(maxsize=1)
def base64_encoder() -> Callable[[bytes], bytes]:
    """Return pybase64's encoder where it is installed, the standard library's otherwise."""
    try:
        from pybase64 import b64encode
    except ImportError:
        return partial(b2a_base64, newline=False)
    return b64encode


def request_body(stream: str, records: Iterable[bytes]) -> bytes:
    """Return the body of PutRecordBatch as JSON 1.1 (A1).

    Args:
        stream: A valid name (A2).
        records: One or more.
    """
    encode = base64_encoder()
    data = [encode(record) for record in records]
    # Joined once with all that goes around them: such a body is too large to copy idly.
    data[0] = b'{"DeliveryStreamName":"%b","Records":[{"Data":"%b' % (stream.encode(), data[0])
    data[-1] += b'"}]}'
    return b'"},{"Data":"'.join(data)


def _set_body_aside(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    records = params["Records"]
    context[_BODY] = request_body(
        params["DeliveryStreamName"], (record["Data"] for record in records)
    )
    params["Records"] = records[:1]  # botocore's validation wants one


def _put_body_in(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    if _BODY in context:
        params["body"] = context.pop(_BODY)


def _shorten_answer(response_dict: dict[str, Any], **_: Any) -> None:
    if response_dict["status_code"] == 200 and _NONE_FAILED.search(response_dict["body"]):
        response_dict["body"] = b'{"FailedPutCount":0}'
