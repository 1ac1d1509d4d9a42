"""The index template: how each index is made that Firehose writes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firehose_logging.domain_setup.documents import names
from firehose_logging.domain_setup.documents.comparing import flattened, includes
from firehose_logging.domain_setup.request import SetupRequest, TemplateOptions

# What Python writes: datetime.isoformat() and the article's %Y-%m-%dT%H:%M:%S%z; %(asctime)s as it
# is without a datefmt; the usual datefmt, with %z or without; str(datetime); and milliseconds.
DATE_FORMATS = (
    "strict_date_optional_time",
    "yyyy-MM-dd'T'HH:mm:ssZ",
    "yyyy-MM-dd'T'HH:mm:ss.SSSZ",
    "yyyy-MM-dd HH:mm:ss,SSS",
    "yyyy-MM-dd HH:mm:ss",
    "yyyy-MM-dd HH:mm:ssZ",
    "yyyy-MM-dd HH:mm:ss.SSSSSS",
    "yyyy-MM-dd HH:mm:ss.SSSSSSXXX",
    "epoch_millis",
)

# A longer term than 32,766 bytes makes Lucene refuse the whole document.
_KEYWORD_LENGTH = 1024

_DATES = ("@timestamp", "asctime")
_KEYWORDS = (
    "aws_request_id",
    "env",
    "filename",
    "funcName",
    "function_name",
    "host",
    "hostname",
    "levelname",
    "logger",
    "module",
    "name",
    "pathname",
    "processName",
    "request_id",
    "service",
    "span_id",
    "taskName",
    "threadName",
    "trace_flags",
    "trace_id",
    "version",
)
_TEXTS = ("exc_info", "exc_text", "stack_info")
_LONGS = ("levelno", "lineno", "process", "thread")
_DOUBLES = ("created", "msecs", "relativeCreated")

_RUN = "run"


def index_template(request: SetupRequest) -> dict[str, Any]:
    """Return the body of ``PUT _index_template/<name>``."""
    return {
        "index_patterns": [names.written_pattern(request.index, request.rotation)],
        "priority": names.priority(request.index),
        "_meta": {
            "description": f"{names.MARK} for the index {request.index}",
            **({} if request.function is None else {"function": request.function}),
        },
        "template": {
            "settings": {"index": _settings(request.template)},
            "mappings": _mappings(request.template),
        },
    }


def owner(actual: Mapping[str, Any] | None) -> str | None:
    """Return the ARN of the function that made a template as read; ``None`` for a person."""
    function = ((actual or {}).get("_meta") or {}).get("function")
    return None if function is None else str(function)


def is_as_wanted(actual: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Return whether a template as read says what ``wanted`` says, and nothing of its own.

    The run that it names says nothing of what it does.
    """
    return includes(_comparable(actual), _comparable(wanted)) and includes(
        _comparable(wanted), _comparable(actual)
    )


def with_run(template: Mapping[str, Any], run: str) -> dict[str, Any]:
    """Return a template that names the run that has succeeded."""
    return {**template, "_meta": {**template["_meta"], _RUN: run}}


def run_of(template: Mapping[str, Any]) -> str | None:
    """Return the run that a template as read names; ``None`` for none."""
    run = (template.get("_meta") or {}).get(_RUN)
    return run if isinstance(run, str) else None


def _settings(options: TemplateOptions) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "number_of_shards": options.shards,
        "codec": options.codec,
        "mapping": {"total_fields": {"limit": options.field_limit}},
    }
    if options.replicas is None:
        settings["auto_expand_replicas"] = "0-1"
    else:
        settings["number_of_replicas"] = options.replicas
    if options.refresh_interval is not None:
        settings["refresh_interval"] = options.refresh_interval
    return settings


def _mappings(options: TemplateOptions) -> dict[str, Any]:
    properties: dict[str, Any] = {
        **dict.fromkeys(_DATES, _type("date")),
        **dict.fromkeys(_KEYWORDS, _type("keyword")),
        **dict.fromkeys(_TEXTS, _type("text")),
        **dict.fromkeys(_LONGS, _type("long")),
        **dict.fromkeys(_DOUBLES, _type("double")),
        "message": {**_type("text"), "fields": {"keyword": _type("keyword")}},
        # What the handler cut off, by field; any shape of it is taken.
        "truncated": {"type": "object", "enabled": False},
    }
    properties |= {name: _type(kind) for name, kind in options.fields.items()}
    mappings: dict[str, Any] = {
        "date_detection": False,
        "dynamic": options.extra_fields == "searchable",
        "properties": properties,
    }
    if options.extra_fields == "searchable":
        mappings["dynamic_templates"] = _dynamic_templates()
    return mappings


def _dynamic_templates() -> list[dict[str, Any]]:
    """Return mappings for unknown fields that leave few ways to contradict each other.

    An object is one field, whatever it holds. All numbers are doubles, for the first of them may
    be whole by chance. Booleans are keywords, which take any other scalar later.
    """
    return [
        {"objects": {"match_mapping_type": "object", "mapping": _type("flat_object")}},
        {"texts": {"match_mapping_type": "string", "mapping": _type("keyword")}},
        {"switches": {"match_mapping_type": "boolean", "mapping": _type("keyword")}},
        {"whole_numbers": {"match_mapping_type": "long", "mapping": _type("double")}},
        {"numbers": {"match_mapping_type": "double", "mapping": _type("double")}},
    ]


def _type(kind: str) -> dict[str, Any]:
    if kind == "date":
        return {"type": "date", "format": "||".join(DATE_FORMATS)}
    if kind == "keyword":
        return {"type": "keyword", "ignore_above": _KEYWORD_LENGTH}
    if kind in {"double", "ip", "long"}:
        # A value that does not fit is left out of the index and named in `_ignored`, instead of
        # costing the whole record. Not so for dates: a record without its time is found by no one.
        return {"type": kind, "ignore_malformed": True}
    return {"type": kind}


def _comparable(template: Mapping[str, Any]) -> dict[str, Any]:
    body = template.get("template") or {}
    return {
        "index_patterns": template.get("index_patterns"),
        "priority": template.get("priority"),
        "_meta": {
            key: value for key, value in (template.get("_meta") or {}).items() if key != _RUN
        },
        "settings": flattened(body.get("settings") or {}),
        "mappings": body.get("mappings") or {},
    }
