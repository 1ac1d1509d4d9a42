"""What Dashboards is given: an index pattern, and a dashboard over it.

The forms are those of OpenSearch Dashboards' own exports; the versions say that no migration of
older forms is to run over them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from firehose_logging.domain_setup.documents import names
from firehose_logging.domain_setup.documents.comparing import includes
from firehose_logging.domain_setup.request import SetupRequest

_MIGRATED = {
    "dashboard": "7.9.3",
    "index-pattern": "7.6.0",
    "search": "7.9.3",
    "visualization": "7.10.0",
}
_SOURCE = "kibanaSavedObjectMeta.searchSourceJSON"
_ERRORS = "levelname: (ERROR or CRITICAL)"


@dataclass(frozen=True)
class SavedObject:
    """An object of Dashboards' own store.

    Attributes:
        type: ``index-pattern``, ``visualization``, ``search`` or ``dashboard``.
        id: unique among its type.
        attributes: its content.
        references: the objects that it is made of.
    """

    type: str
    id: str
    attributes: Mapping[str, Any]
    references: tuple[Mapping[str, str], ...] = field(default=())

    def body(self) -> dict[str, Any]:
        """Return the body of ``POST /_dashboards/api/saved_objects/<type>/<id>``."""
        return {
            "attributes": dict(self.attributes),
            "references": [dict(reference) for reference in self.references],
            "migrationVersion": {self.type: _MIGRATED[self.type]},
        }

    def reference(self, name: str) -> dict[str, str]:
        """Return how another object refers to this one."""
        return {"name": name, "type": self.type, "id": self.id}


def index_pattern(request: SetupRequest, title: str) -> SavedObject:
    """Return the index pattern with its time field.

    Args:
        request: names index and time field.
        title: what is searched, such as ``<index>-*``.
    """
    return SavedObject(
        "index-pattern",
        names.saved_object_id(request.index),
        {"title": title, "timeFieldName": request.template.time_field},
    )


def dashboard(request: SetupRequest) -> list[SavedObject]:
    """Return the dashboard and its parts, the parts first."""
    pattern = index_pattern(request, names.index_pattern(request.index))
    parts = [
        _errors_over_time(request, pattern),
        _errors_by(request, pattern, "logger", "name"),
        _errors_by(request, pattern, "service", "service"),
        _latest_tracebacks(request, pattern),
    ]
    return [_described(made) for made in [*parts, _arranged(request, parts)]]


def pattern_changes(actual: Mapping[str, Any], wanted: SavedObject) -> dict[str, Any]:
    """Return the attributes of an index pattern as read that differ from ``wanted``.

    People keep field formats and scripted fields in the same object: those stay as they are.
    """
    found = actual.get("attributes") or {}
    return {key: value for key, value in wanted.attributes.items() if found.get(key) != value}


def is_as_wanted(actual: Mapping[str, Any], wanted: SavedObject) -> bool:
    """Return whether an object as read shows what ``wanted`` shows."""
    return includes(actual.get("attributes"), wanted.attributes) and includes(
        actual.get("references"), wanted.references
    )


def _described(made: SavedObject) -> SavedObject:
    description = f"{names.MARK}: each set-up restores it; copy it to change it"
    return SavedObject(
        made.type, made.id, {**made.attributes, "description": description}, made.references
    )


def _errors_over_time(request: SetupRequest, pattern: SavedObject) -> SavedObject:
    by_time = {
        "id": "2",
        "enabled": True,
        "type": "date_histogram",
        "schema": "segment",
        "params": {
            "field": request.template.time_field,
            "interval": "auto",
            "min_doc_count": 1,
            "extended_bounds": {},
        },
    }
    return _visualization(
        request,
        pattern,
        part="errors-over-time",
        title="errors over time",
        kind="histogram",
        aggregations=[_count(), by_time, _terms("3", "levelname", 5, "group")],
    )


def _errors_by(
    request: SetupRequest, pattern: SavedObject, what: str, field_name: str
) -> SavedObject:
    return _visualization(
        request,
        pattern,
        part=f"errors-by-{what}",
        title=f"errors by {what}",
        kind="horizontal_bar",
        aggregations=[_count(), _terms("2", field_name, 10, "segment")],
    )


def _visualization(
    request: SetupRequest,
    pattern: SavedObject,
    *,
    part: str,
    title: str,
    kind: str,
    aggregations: list[dict[str, Any]],
) -> SavedObject:
    full_title = f"{request.index}: {title}"
    state = {
        "title": full_title,
        "type": kind,
        "aggs": aggregations,
        "params": _bars(kind),
    }
    return SavedObject(
        "visualization",
        names.saved_object_id(request.index, part),
        {
            "title": full_title,
            "visState": json.dumps(state),
            "uiStateJSON": "{}",
            "version": 1,
            "kibanaSavedObjectMeta": _source(_ERRORS),
        },
        (pattern.reference(f"{_SOURCE}.index"),),
    )


def _latest_tracebacks(request: SetupRequest, pattern: SavedObject) -> SavedObject:
    return SavedObject(
        "search",
        names.saved_object_id(request.index, "latest-tracebacks"),
        {
            "title": f"{request.index}: latest tracebacks",
            "columns": ["name", "message", "exc_info"],
            "sort": [[request.template.time_field, "desc"]],
            "hits": 0,
            "version": 1,
            "kibanaSavedObjectMeta": _source("exc_info: *"),
        },
        (pattern.reference(f"{_SOURCE}.index"),),
    )


def _arranged(request: SetupRequest, parts: list[SavedObject]) -> SavedObject:
    # x, y, width and height on a grid that is 48 wide.
    places = [(0, 0, 48, 12), (0, 12, 24, 14), (24, 12, 24, 14), (0, 26, 48, 20)]
    panels = [
        {
            "version": "2.11.0",
            "panelIndex": str(number),
            "panelRefName": f"panel_{number}",
            "embeddableConfig": {},
            "gridData": {"x": x, "y": y, "w": width, "h": height, "i": str(number)},
        }
        for number, (x, y, width, height) in enumerate(places)
    ]
    return SavedObject(
        "dashboard",
        names.saved_object_id(request.index),
        {
            "title": f"{request.index}: errors",
            "panelsJSON": json.dumps(panels),
            "optionsJSON": json.dumps({"hidePanelTitles": False, "useMargins": True}),
            "timeRestore": True,
            "timeFrom": "now-24h",
            "timeTo": "now",
            "refreshInterval": {"pause": False, "value": 60_000},
            "hits": 0,
            "version": 1,
            "kibanaSavedObjectMeta": {
                "searchSourceJSON": json.dumps(
                    {"query": {"query": "", "language": "kuery"}, "filter": []}
                )
            },
        },
        tuple(part.reference(f"panel_{number}") for number, part in enumerate(parts)),
    )


def _source(query: str) -> dict[str, str]:
    source = {
        "query": {"query": query, "language": "kuery"},
        "filter": [],
        "indexRefName": f"{_SOURCE}.index",
    }
    return {"searchSourceJSON": json.dumps(source)}


def _count() -> dict[str, Any]:
    return {"id": "1", "enabled": True, "type": "count", "schema": "metric", "params": {}}


def _terms(number: str, field_name: str, size: int, schema: str) -> dict[str, Any]:
    return {
        "id": number,
        "enabled": True,
        "type": "terms",
        "schema": schema,
        "params": {
            "field": field_name,
            "size": size,
            "order": "desc",
            "orderBy": "1",
            "otherBucket": True,
            "otherBucketLabel": "others",
            "missingBucket": True,
            "missingBucketLabel": "none",
        },
    }


def _bars(kind: str) -> dict[str, Any]:
    across = kind == "horizontal_bar"
    return {
        "type": "histogram",
        "addLegend": True,
        "addTooltip": True,
        "addTimeMarker": False,
        "legendPosition": "right",
        "times": [],
        "grid": {"categoryLines": False},
        "labels": {"show": False},
        "thresholdLine": {"show": False},
        "categoryAxes": [
            {
                "id": "CategoryAxis-1",
                "type": "category",
                "position": "left" if across else "bottom",
                "show": True,
                "labels": {"show": True, "truncate": 100},
                "scale": {"type": "linear"},
                "style": {},
                "title": {},
            }
        ],
        "valueAxes": [
            {
                "id": "ValueAxis-1",
                "name": "BottomAxis-1" if across else "LeftAxis-1",
                "type": "value",
                "position": "bottom" if across else "left",
                "show": True,
                "labels": {"show": True, "truncate": 100},
                "scale": {"type": "linear", "mode": "normal"},
                "style": {},
                "title": {"text": "Count"},
            }
        ],
        "seriesParams": [
            {
                "type": "histogram",
                "mode": "stacked",
                "show": True,
                "valueAxis": "ValueAxis-1",
                "data": {"id": "1", "label": "Count"},
                "drawLinesBetweenPoints": True,
                "showCircles": True,
            }
        ],
    }
