"""Keep the tables of inputs and outputs in Markdown files equal to the .tf files beside them.

``python tools/terraform_tables.py [FILE ...]`` rewrites them; with ``--check`` it names the files
that differ, changes none and ends with 1. A table stands between ``<!-- inputs -->`` and
``<!-- /inputs -->``, or ``<!-- outputs -->`` and ``<!-- /outputs -->``.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcl2

ROOT = Path(__file__).resolve().parent.parent
ROOT_DOCUMENTS = (ROOT / "README.md", ROOT / "docs" / "terraform-reference.md")
OPENING, CLOSING = "([{", ")]}"


class TablesError(ValueError):
    """Say which description or type can't be made into a table, and why."""


@dataclass(frozen=True)
class Attribute:
    """One attribute of a typed object.

    Attributes:
        path: for example ``buffering.interval_seconds``.
        type: for example ``number``.
        default: as written in the type; ``None`` where the attribute is required.
    """

    path: str
    type: str
    default: str | None


def documents() -> list[Path]:
    """Return every Markdown file that carries tables."""
    beside = [*ROOT.glob("modules/*/README.md"), *ROOT.glob("examples/*/README.md")]
    return sorted(path for path in (*ROOT_DOCUMENTS, *beside) if path.is_file())


def module_of(document: Path) -> Path:
    """Return the folder of the .tf files that a document describes."""
    return ROOT if document in ROOT_DOCUMENTS else document.parent


def sources(folder: Path) -> list[Path]:
    """Return a module's .tf files: ``variables.tf`` before ``variables.domain.tf`` and its like."""
    return sorted(folder.glob("*.tf"), key=lambda path: path.stem.split("."))


def blocks(folder: Path, kind: str) -> dict[str, Mapping[str, Any]]:
    """Return the blocks of one kind by label, in the order of the files."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in sources(folder):
        with path.open(encoding="utf-8") as file:
            for block in hcl2.load(file).get(kind, []):
                for label, body in block.items():
                    found[label.strip('"')] = body
    return found


def text(value: str) -> str:
    """Return what a string of a parsed .tf file says: unquoted, a heredoc without its marks."""
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        value = value[1:-1]
    heredoc = re.fullmatch(r"<<-?(\w+)\n(.*)\n\s*\1", value, re.DOTALL)
    if heredoc:
        return textwrap.dedent(heredoc.group(2)).strip()
    return value.replace('\\"', '"').strip()


def split_arguments(source: str) -> list[str]:
    """Split at the commas that stand in no bracket and no string."""
    parts, depth, quoted, start = [], 0, False, 0
    for position, character in enumerate(source):
        if character == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif character in OPENING:
            depth += 1
        elif character in CLOSING:
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(source[start:position].strip())
            start = position + 1
    return [part for part in (*parts, source[start:].strip()) if part]


def attributes(type_source: str, prefix: str = "") -> Iterator[Attribute]:
    """Yield the leaves of an object type; nothing for any other type."""
    body = re.fullmatch(r"object\(\{(.*)\}\)", type_source.strip(), re.DOTALL)
    if body is None:
        return
    for entry in split_arguments(body.group(1)):
        name, _, declared = (part.strip() for part in entry.partition("="))
        yield from _leaves(f"{prefix}{name}", declared)


def _leaves(path: str, declared: str) -> Iterator[Attribute]:
    default = None
    optional = re.fullmatch(r"optional\((.*)\)", declared, re.DOTALL)
    if optional:
        declared, *rest = split_arguments(optional.group(1))
        default = rest[0] if rest else "null"
    inner = list(attributes(declared, f"{path}."))
    yield from inner or [Attribute(path, _shape(declared), default)]
    if inner and default == "null":
        yield Attribute(path, "object", default)


def _shape(declared: str) -> str:
    return re.sub(r"object\(\{.*\}\)", "object", declared, flags=re.DOTALL)


def described(description: str) -> tuple[str, dict[str, str]]:
    """Split a description into its sentence and its ``- path: text`` lines."""
    lines = description.splitlines()
    items: dict[str, str] = {}
    for line in lines:
        item = re.fullmatch(r"- ([\w.]+): (.+)", line)
        if item:
            items[item.group(1)] = item.group(2)
    return " ".join(line for line in lines if not line.startswith("- ")), items


def inputs_table(folder: Path) -> str:
    """Return the table of a module's variables, one row per attribute.

    Raises:
        TablesError: an attribute has no line in the description, or a line no attribute.
    """
    rows = ["| Input | Type | Default | Description |", "|---|---|---|---|"]
    for name, body in blocks(folder, "variable").items():
        declared = re.sub(r"^\$\{(.*)\}$", r"\1", text(str(body["type"])), flags=re.DOTALL)
        sentence, lines = described(text(body["description"]))
        leaves = list(attributes(declared))
        shown = with_groups(leaves, lines)
        missing = {attribute.path for attribute in shown} ^ set(lines)
        if missing:
            raise TablesError(
                f"{folder}: variable {name!r}: {sorted(missing)} stand in the type or in the "
                "description only; write one line '- path: text' for each attribute"
            )
        default = literal(body["default"]) if "default" in body else "required"
        rows.append(row(name, "object" if leaves else declared, default, sentence))
        rows.extend(
            row(f"{name}.{item.path}", item.type, item.default or "required", lines[item.path])
            for item in shown
        )
    return "\n".join(rows)


def with_groups(leaves: list[Attribute], lines: Mapping[str, str]) -> list[Attribute]:
    """Put each object that has a line of its own before the first of its attributes."""
    known = {leaf.path for leaf in leaves}
    shown: list[Attribute] = []
    for leaf in leaves:
        names = leaf.path.split(".")
        for group in (".".join(names[:depth]) for depth in range(1, len(names))):
            if group in lines and group not in known:
                known.add(group)
                shown.append(Attribute(group, "object", "{}"))
        shown.append(leaf)
    return shown


def outputs_table(folder: Path) -> str:
    """Return the table of a module's outputs."""
    rows = ["| Output | Description |", "|---|---|"]
    for name, body in blocks(folder, "output").items():
        rows.append(f"| `{name}` | {cell(text(body['description']))} |")
    return "\n".join(rows)


def row(name: str, declared: str, default: str, sentence: str) -> str:
    """Return one row of the inputs' table."""
    shown = default if default == "required" else f"`{default}`"
    return f"| `{name}` | {cell(declared)} | {cell(shown)} | {cell(sentence)} |"


def cell(content: str) -> str:
    """Return text that stays in one cell."""
    return content.replace("|", "\\|").replace("\n", " ")


def literal(value: Any) -> str:
    """Write a default as it stands in the .tf file."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "null"
    if isinstance(value, str) and not value.startswith("$"):
        return f'"{text(value)}"'
    return str(value)


def render(document: Path) -> str:
    """Return the document with its tables as they should be."""
    content = document.read_text(encoding="utf-8")
    folder = module_of(document)
    for mark, table in (("inputs", inputs_table), ("outputs", outputs_table)):
        opening, closing = f"<!-- {mark} -->\n", f"<!-- /{mark} -->"
        before, found, rest = content.partition(opening)
        if found:
            _, _, after = rest.partition(closing)
            content = f"{before}{opening}{table(folder)}\n{closing}{after}"
    return content


def main(arguments: list[str]) -> int:
    """Rewrite the tables, or name the documents whose tables differ."""
    check = arguments[:1] == ["--check"]
    chosen = [Path(name).resolve() for name in arguments if name != "--check"]
    stale = []
    for document in chosen or documents():
        wanted = render(document)
        if wanted == document.read_text(encoding="utf-8"):
            continue
        stale.append(document)
        if not check:
            document.write_text(wanted, encoding="utf-8")
    for document in stale:
        verb = "differs from the .tf files; run" if check else "rewritten by"
        sys.stdout.write(f"{document} {verb} python tools/terraform_tables.py\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
