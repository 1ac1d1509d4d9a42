"""Records of 500 bytes, each with a number of its own, and the bodies that carry them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pybase64 import b64encode

SIZE: Final = 500
FIRST: Final = 1_000_000_000
"""Numbers begin here, so that all of them have ten digits."""

_RECORD: Final = (
    b'{"n":%(number)d,"timestamp":"2026-01-01T09:30:00.125Z","level":"ERROR",'
    b'"logger":"shop.orders","message":"GET /orders/%(number)d answered 500 in 12.5 ms",'
    b'"service":"orders","host":"ip-10-0-17-71.eu-west-1.compute.internal","process":1771,'
    b'"exception":"Traceback (most recent call last): File shop/orders.py, line 71, in answer: '
    b"return render(order, customer) File shop/render.py, line 17, in render: "
    b'%(padding)s"}'
)
_BARE: Final = _RECORD % {b"number": FIRST, b"padding": b""}
_WORDS: Final = b"NameError: name 'custmer' is not defined. Did you mean: 'customer'? "
_PADDING: Final = (_WORDS * 8)[: SIZE - len(_BARE)]
_TEMPLATE: Final = _RECORD.replace(b"%(padding)s", _PADDING.replace(b"%", b"%%"))


def records(first: int, count: int) -> list[bytes]:
    """Return the records with the numbers from ``FIRST + first`` on."""
    start = FIRST + first
    return [_TEMPLATE % {b"number": number} for number in range(start, start + count)]


def put_record_batch(stream: str, data: Sequence[bytes]) -> bytes:
    """Return the body of a PutRecordBatch request."""
    entries = b'"},{"Data":"'.join(map(b64encode, data))
    head = f'{{"DeliveryStreamName":"{stream}","Records":[{{"Data":"'.encode()
    return head + entries + b'"}]}'


def put_record(stream: str, data: bytes) -> bytes:
    """Return the body of a PutRecord request."""
    head = f'{{"DeliveryStreamName":"{stream}","Record":{{"Data":"'.encode()
    return head + b64encode(data) + b'"}}'


def bulk(index: str, first: int, data: Sequence[bytes]) -> bytes:
    """Return the body of a plain ``_bulk`` request, with an index and an id for each record.

    Ids are as long as those that Firehose gives.
    """
    head = f'{{"index":{{"_index":"{index}","_id":"49'.encode()
    return b"".join(
        b'%b%056d"}}\n%b\n' % (head, first + place, line) for place, line in enumerate(data)
    )
