"""Statement H, where it is told: in the README."""

from __future__ import annotations

import math
import re
from pathlib import Path

README = Path(__file__).resolve().parents[3] / "README.md"
ROUNDED_UP_TO = 5120


def test_h_the_readmes_example_rounds_each_record_up() -> None:
    text = README.read_text("utf-8")
    price = re.search(r"\$([\d.]+) per GB taken in", text)
    example = re.search(
        r"a million records of (\d+) bytes are billed as (\d+) GB, about \$([\d.]+)", text
    )
    assert price is not None
    assert example is not None
    size, gigabytes, dollars = example.groups()
    billed = 10**6 * math.ceil(int(size) / ROUNDED_UP_TO) * ROUNDED_UP_TO / 10**9
    assert round(billed) == int(gigabytes)
    assert round(billed * float(price[1]), 2) == float(dollars.rstrip("."))
