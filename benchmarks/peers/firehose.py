"""The handler of this project."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.base import Address, Shipping, json_formatter

from firehose_logging import FirehoseHandler


def make(address: Address) -> Shipping:
    return _ship(address)


def make_blocking(address: Address) -> Shipping:
    """Let callers wait for room, so that a rate can be sustained without a loss."""
    return _ship(address, overflow="block", block_timeout=60.0)


def make_without_orjson(address: Address) -> Shipping:
    """Pretend that orjson is not installed; it must not have been imported before."""
    import sys

    sys.modules["orjson"] = None  # type: ignore[assignment]  # makes its import fail
    return _ship(address)


def make_with_python_json_logger(address: Address) -> Shipping:
    shipping = _ship(address)
    shipping.handler.setFormatter(json_formatter())
    return shipping


def _ship(address: Address, **options: Any) -> Shipping:
    handler = FirehoseHandler(endpoint_url=address.url, fallback=None, **options)
    return Shipping(handler, handler.flush)
