"""Files of saved objects: one JSON document a line, uploaded as a form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from firehose_logging.local.domain.dashboards.errors import DashboardsError
from firehose_logging.local.domain.dashboards.objects import ICONS, SavedObject


@dataclass(frozen=True)
class Upload:
    """A file of a form."""

    name: str
    content: bytes


def uploaded_file(content_type: str, body: bytes) -> Upload:
    """Return the form's field ``file``.

    Raises:
        DashboardsError: it is no form, lacks the file, or the file is not NDJSON by its name.
    """
    if not content_type.lower().startswith("multipart/form-data"):
        raise DashboardsError(415, "Unsupported Media Type")
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n" + body
    )
    for part in message.iter_parts():
        if part.get_param("name", header="content-disposition") == "file":
            name = part.get_filename() or ""
            if not name.lower().endswith(".ndjson"):
                extension = f".{name.rpartition('.')[2]}" if "." in name else ""
                raise DashboardsError(400, f"Invalid file extension {extension}")
            content = part.get_payload(decode=True)
            return Upload(name, content if isinstance(content, bytes) else b"")
    raise DashboardsError(
        400, "[request body.file]: expected value of type [Stream] but got [undefined]"
    )


def parse_objects(content: bytes) -> list[SavedObject]:
    """Return the objects of a file; the line that sums up an export is skipped.

    Raises:
        DashboardsError: a line is no saved object.
    """
    objects = []
    for line in content.decode("utf-8", "replace").splitlines():
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
        except ValueError as error:
            raise DashboardsError(400, str(error)) from None
        if isinstance(raw, dict) and "exportedCount" in raw:
            continue
        objects.append(parse_object(raw))
    return objects


def parse_object(raw: Any) -> SavedObject:
    """Read an object as exports and bulk calls hold it.

    Raises:
        DashboardsError: it lacks a type or attributes.
    """
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
        raise DashboardsError(400, "[request body.type]: expected value of type [string]")
    if not isinstance(raw.get("attributes"), dict):
        raise DashboardsError(400, "[request body.attributes]: expected value of type [object]")
    references = raw.get("references") or []
    return SavedObject(raw["type"], str(raw.get("id") or ""), raw["attributes"], references)


def export(objects: Sequence[SavedObject]) -> bytes:
    """Return a file that ``parse_objects`` reads, with its summing line."""
    lines: list[Mapping[str, Any]] = [each.answer() for each in objects]
    lines.append({"exportedCount": len(objects), "missingRefCount": 0, "missingReferences": []})
    return "\n".join(json.dumps(line) for line in lines).encode()


def summary(each: SavedObject) -> dict[str, Any]:
    """Return how an import names an object in its answer."""
    meta = {"title": each.title, "icon": ICONS.get(each.type)}
    return {
        "type": each.type,
        "id": each.id,
        "meta": {key: value for key, value in meta.items() if value},
    }
