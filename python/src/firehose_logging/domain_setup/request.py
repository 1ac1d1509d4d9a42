"""What is asked of a domain: the configuration, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ROTATIONS = ("NoRotation", "OneHour", "OneDay", "OneWeek", "OneMonth")
CODECS = ("default", "best_compression", "zstd", "zstd_no_dict")
EXTRA_FIELDS = ("stored", "searchable")
FIELD_TYPES = (
    "boolean",
    "date",
    "double",
    "flat_object",
    "ip",
    "keyword",
    "long",
    "text",
)
ACTIONS = ("create", "update", "delete")


@dataclass(frozen=True)
class TemplateOptions:
    """How indexes are made.

    Attributes:
        shards: primary shards of each index.
        replicas: copies of each shard; ``None`` for one where there is a second node.
        codec: how documents are compressed on disk, one of ``CODECS``.
        refresh_interval: how soon documents can be found, for example ``5s``; ``None`` leaves it
            to the engine.
        time_field: the field that Dashboards goes by.
        extra_fields: ``searchable`` indexes unknown fields, an object as one field, up to
            ``field_limit`` fields an index; ``stored`` only keeps them in the document, however
            many they are.
        field_limit: the most fields that an index may have; beyond it OpenSearch refuses
            documents with new fields, and they go to the backup bucket.
        fields: types of further fields by name, from ``FIELD_TYPES``.
    """

    shards: int = 1
    replicas: int | None = None
    codec: str = "best_compression"
    refresh_interval: str | None = None
    time_field: str = "asctime"
    extra_fields: str = "searchable"
    field_limit: int = 2000
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SetupRequest:
    """What a domain is to be ready for.

    Attributes:
        endpoint: the domain's host, ``host:port``, or URL.
        region: the domain's Region, for the signature.
        index: the name that Firehose begins index names with.
        rotation: Firehose's rotation period, one of ``ROTATIONS``.
        retention_days: how long a document is kept at least; ``None`` for ever.
        writers: ARNs of the streams' roles, and of other IAM roles and users that write.
        readers: ARNs of IAM roles and users, or names of backend roles, that search the index.
        administrators: the same, of those who may do everything in the domain.
        template: how indexes are made.
        dashboards: whether Dashboards gets an index pattern and a dashboard.
        delete_indexes: whether taking the set-up away deletes the indexes too.
        settle_seconds: how long a domain that does not answer yet is waited for.
        function: ARN of the Lambda function that sets up, by which its work in a domain is told
            from that of others; ``None`` where a person does.
    """

    endpoint: str
    region: str
    index: str
    rotation: str = "OneDay"
    retention_days: int | None = None
    writers: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    administrators: tuple[str, ...] = ()
    template: TemplateOptions = field(default_factory=TemplateOptions)
    dashboards: bool = True
    delete_indexes: bool = False
    settle_seconds: float = 300.0
    function: str | None = None


@dataclass(frozen=True)
class SetupCall:
    """A request with what is to be done about it.

    Attributes:
        action: ``create``, ``update`` or ``delete``.
        request: what the domain is to be ready for, or no longer.
        run: what the domain is to keep of a run that succeeded, to know it by; ``None`` for
            nothing.
    """

    action: str
    request: SetupRequest
    run: str | None = None
