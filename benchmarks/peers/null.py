"""A handler that does nothing: what logging itself costs."""

from __future__ import annotations

import logging

from benchmarks.peers.base import Address, Shipping


def make(address: Address) -> Shipping:  # noqa: ARG001 - as the others
    return Shipping(logging.NullHandler())
