"""Write ``docs/fidelity.md``: each statement of the delivery specification with its tests.

``python tools/fidelity.py`` rewrites it. A test belongs to the statements that open its name, for
example ``test_d6_d7_a_failed_document_is_one_json_line``; a ``terraform test`` run likewise.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPECIFICATION = ROOT / "docs" / "firehose-delivery.md"
DOCUMENT = ROOT / "docs" / "fidelity.md"

_SECTION = re.compile(r"## ([A-Z])\. (.+)")
_STATEMENT = re.compile(r"(\d+)\. (.+)")
_TEST = re.compile(r"def test_((?:[a-h]\d+_|h_)+)(\w+)\(")
_RUN = re.compile(r'run "((?:[a-h]\d+_|h_)+)(\w+)"')

_INTRODUCTION = (
    "Each statement of [the delivery specification](firehose-delivery.md) with the tests that "
    "name it, and what the local stack leaves out, or decides where AWS says nothing. "
    "`python tools/fidelity.py` writes this file."
)

LEFT_OUT: Mapping[str, str] = {
    "A2": "Other destinations and sources are refused with a message that says so.",
    "A8": "CREATING lasts one second. Streams in DELETING take no records; AWS may take some.",
    "A15": (
        "The quotas are kept by token buckets that hold one second, and one full batch at least. "
        "Raising a quota by a request to AWS is not modelled."
    ),
    "A16": "Records in memory, and in a data folder, are not encrypted in fact.",
    "B2": (
        "Four batches of a stream are delivered at a time; AWS does not say how many. A stream "
        "that falls behind does not get larger buffers."
    ),
    "B3": "Interval 0 stands for half a second.",
    "C6": (
        "Whether a single line is a JSON object is left to the domain (C7), unless the domain "
        "refuses the whole request."
    ),
    "C9": "A request that is refused with 413 is sent in halves: nothing is documented.",
    "D1": "The back-off begins at one second and ends at ten: AWS names no figures.",
    "F2": "Equal errors within one second make one event.",
    "F3": "Latency is the time spent in Firehose itself.",
    "G2": "Only PutObject is called: there are no multipart uploads.",
    "G9": "Whether a producer may use the stream's key is decided by the gateway.",
    "H": "Nothing is billed here; the README works out an example.",
}
"""What the local stack does not show, or decides where AWS says nothing."""


@dataclass(frozen=True)
class Statement:
    """One statement of the specification.

    Attributes:
        name: for example ``C4``; of an unnumbered section its letter.
        section: the section's title.
        text: as the specification has it.
    """

    name: str
    section: str
    text: str


@dataclass(frozen=True)
class Test:
    """A test by name and file, and the statements that its name opens with."""

    name: str
    path: str
    statements: tuple[str, ...]


def read_statements(text: str) -> Iterator[Statement]:
    """Return the specification's statements in its order."""
    letter = title = ""
    numbered = True
    for line in text.splitlines():
        section = _SECTION.match(line)
        statement = _STATEMENT.match(line)
        if section:
            letter, title = section.groups()
            numbered = False
        elif statement and letter:
            numbered = True
            yield Statement(letter + statement.group(1), title, statement.group(2))
        elif line and letter and not numbered:
            numbered = True
            yield Statement(letter, title, line)


def find_tests(root: Path) -> Iterator[Test]:
    """Return every test below ``root/tests`` whose name opens with a statement."""
    for path in sorted((root / "tests").rglob("*")):
        pattern = {".py": _TEST, ".hcl": _RUN}.get(path.suffix)
        if pattern is None:
            continue
        prefix = "test_" if path.suffix == ".py" else ""
        for found in pattern.finditer(path.read_text("utf-8")):
            opening, rest = found.groups()
            names = tuple(part.upper() for part in opening.strip("_").split("_"))
            yield Test(f"{prefix}{opening}{rest}", str(path.relative_to(root)), names)


def write_document(statements: list[Statement], tests: list[Test]) -> str:
    """Return the whole document."""
    shown = sum(any(one.name in test.statements for test in tests) for one in statements)
    lines = [
        "# Fidelity",
        "",
        _INTRODUCTION,
        "",
        f"{shown} of {len(statements)} statements are shown by tests.",
    ]
    section = ""
    for statement in statements:
        if statement.section != section:
            section = statement.section
            lines += ["", f"## {statement.name[0]}. {section}"]
        lines += ["", f"**{statement.name}** {statement.text}", ""]
        lines += [
            f"- [`{test.name}`](../{test.path})"
            for test in tests
            if statement.name in test.statements
        ]
        if statement.name in LEFT_OUT:
            lines.append(f"- Left out: {LEFT_OUT[statement.name]}")
    return "\n".join(lines) + "\n"


def unaccounted(statements: list[Statement], tests: list[Test]) -> list[str]:
    """Return the statements that have neither a test nor a reason to be left out."""
    tested = {name for test in tests for name in test.statements}
    return [one.name for one in statements if one.name not in tested | LEFT_OUT.keys()]


def main() -> int:
    """Rewrite the document; end with 1 where a statement is accounted for by nothing."""
    statements = list(read_statements(SPECIFICATION.read_text("utf-8")))
    tests = list(find_tests(ROOT))
    DOCUMENT.write_text(write_document(statements, tests), "utf-8")
    missing = unaccounted(statements, tests)
    if missing:
        sys.stderr.write(f"No test and no reason: {', '.join(missing)}\n")
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())
