"""Tags of a stream."""

from __future__ import annotations

from typing import Any

from firehose_logging.local.firehose.destination import invalid
from firehose_logging.local.firehose.streams import Stream

MAX_TAGS = 50


def tag(stream: Stream, request: dict[str, Any]) -> dict[str, Any]:
    """TagDeliveryStream: add tags or replace their values; raise over 50 (A2)."""
    merged = stream.tags | {one["Key"]: one.get("Value") or "" for one in request["Tags"]}
    if len(merged) > MAX_TAGS:
        raise invalid(f"A Firehose can have at most {MAX_TAGS} tags")
    stream.change_tags(merged)
    return {}


def untag(stream: Stream, request: dict[str, Any]) -> dict[str, Any]:
    """UntagDeliveryStream: take tags away; unknown keys are passed over."""
    gone = set(request["TagKeys"])
    stream.change_tags({key: value for key, value in stream.tags.items() if key not in gone})
    return {}


def list_tags(stream: Stream, request: dict[str, Any]) -> dict[str, Any]:
    """ListTagsForDeliveryStream, in lexical order."""
    after = request.get("ExclusiveStartTagKey") or ""
    keys = sorted(key for key in stream.tags if key > after)
    limit = request.get("Limit") or MAX_TAGS
    tags = [{"Key": key, "Value": stream.tags[key]} for key in keys[:limit]]
    return {"Tags": tags, "HasMoreTags": len(keys) > limit}
