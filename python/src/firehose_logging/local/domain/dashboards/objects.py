"""A saved object, and the document that Dashboards keeps of it in the engine."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

INDEX = ".kibana"
"""Alias under which OpenSearch Dashboards keeps the objects of the global tenant."""

FIRST_INDEX = ".kibana_1"

MIGRATION_VERSIONS = {
    "dashboard": "7.9.3",
    "index-pattern": "7.6.0",
    "search": "7.9.3",
    "visualization": "7.10.0",
}
"""The newest migration of each type in OpenSearch Dashboards."""

TYPES = frozenset(
    {
        *MIGRATION_VERSIONS,
        "augment-vis",
        "config",
        "map",
        "query",
        "timelion-sheet",
        "url",
        "visualization-visbuilder",
    }
)

ICONS = {
    "dashboard": "dashboardApp",
    "index-pattern": "indexPatternApp",
    "search": "discoverApp",
    "visualization": "visualizeApp",
}

MAPPINGS: Mapping[str, Any] = {
    "dynamic": False,
    "properties": {
        "type": {"type": "keyword"},
        "updated_at": {"type": "date"},
        "references": {
            "type": "nested",
            "properties": {name: {"type": "keyword"} for name in ("id", "name", "type")},
        },
        **{
            kind: {"properties": {"title": {"type": "text"}, "description": {"type": "text"}}}
            for kind in sorted(TYPES)
        },
    },
}


@dataclass(frozen=True)
class SavedObject:
    """One saved object.

    Attributes:
        type: for example ``index-pattern``.
        id: unique within its type.
        attributes: what it says.
        references: the objects that it builds on, each with ``id``, ``name`` and ``type``.
        updated_at: UTC time in ISO 8601 with milliseconds.
        version: changes with every write.
    """

    type: str
    id: str
    attributes: Mapping[str, Any]
    references: Sequence[Mapping[str, str]] = field(default=())
    updated_at: str = ""
    version: str = ""

    @property
    def key(self) -> str:
        """The id of its document."""
        return f"{self.type}:{self.id}"

    @property
    def title(self) -> str | None:
        """What people call it."""
        title = self.attributes.get("title")
        return title if isinstance(title, str) else None

    def document(self) -> dict[str, Any]:
        """Return the document that is indexed."""
        return {
            "type": self.type,
            self.type: dict(self.attributes),
            "references": [dict(reference) for reference in self.references],
            "updated_at": self.updated_at,
            **self._migration(),
        }

    def answer(self) -> dict[str, Any]:
        """Return the object as the API shows it."""
        return {
            "id": self.id,
            "type": self.type,
            "namespaces": ["default"],
            "updated_at": self.updated_at,
            "version": self.version,
            "attributes": dict(self.attributes),
            "references": [dict(reference) for reference in self.references],
            **self._migration(),
        }

    def _migration(self) -> dict[str, Any]:
        version = MIGRATION_VERSIONS.get(self.type)
        return {"migrationVersion": {self.type: version}} if version else {}


def from_hit(hit: Mapping[str, Any]) -> SavedObject:
    """Read an object from a document as the engine returns it."""
    source = hit["_source"]
    kind, _, identifier = str(hit["_id"]).partition(":")
    return SavedObject(
        type=kind,
        id=identifier,
        attributes=source.get(kind, {}),
        references=source.get("references", []),
        updated_at=source.get("updated_at", ""),
        version=version_of(hit),
    )


def version_of(hit: Mapping[str, Any]) -> str:
    """Return Dashboards' version: sequence number and primary term in Base64."""
    pair = json.dumps([hit.get("_seq_no", 0), hit.get("_primary_term", 1)], separators=(",", ":"))
    return base64.b64encode(pair.encode()).decode()


def timestamp(now: float) -> str:
    """Return UTC seconds since the epoch as Dashboards writes them."""
    moment = datetime.fromtimestamp(now, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
