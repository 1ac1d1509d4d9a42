"""Roles and role mappings of the Security plugin."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from firehose_logging.domain_setup.documents import names
from firehose_logging.domain_setup.documents.comparing import includes
from firehose_logging.domain_setup.request import SetupRequest

# What Firehose calls (statement G1), each by its own name. The groups that AWS names for the role
# of a stream (G8: cluster_composite_ops, cluster_monitor, create_index, crud, manage) hold more:
# by manage an index can be deleted, by POST _aliases too, by crud records be searched and deleted.
WRITER_CLUSTER_PERMISSIONS = (
    "cluster:monitor/nodes/info",
    "cluster:monitor/nodes/stats",
    "cluster:monitor/stats",
    "indices:data/write/bulk",
)
WRITER_INDEX_PERMISSIONS = (
    "indices:admin/create",
    "indices:admin/mapping/put",
    "indices:admin/mappings/get",
    "indices:data/write/bulk[s]",
    "indices:data/write/index",
    "indices:monitor/stats",
)

READER_CLUSTER_PERMISSIONS = ("cluster_composite_ops_ro",)
# Dashboards resolves names to indexes before it lets anyone make or use an index pattern.
READER_INDEX_PERMISSIONS = ("indices:admin/resolve/index", "read")

# The role that lets people into Dashboards; its name depends on the domain's version.
DASHBOARDS_ROLES = ("opensearch_dashboards_user", "kibana_user")

ADMINISTRATOR_ROLE = "all_access"

# Someone whom a mapping names: ("backend_roles" | "users", name).
Member = tuple[str, str]

# By role whose mapping others write too: whom a set-up has added there.
Claims = Mapping[str, frozenset[Member]]

_MEMBER_FIELDS = ("backend_roles", "users")
_ADDED = "added"


def writer_role(request: SetupRequest) -> dict[str, Any]:
    """Return the body of the role that streams write with."""
    return _role(request, WRITER_CLUSTER_PERMISSIONS, WRITER_INDEX_PERMISSIONS)


def reader_role(request: SetupRequest) -> dict[str, Any]:
    """Return the body of the role that people search with."""
    return _role(request, READER_CLUSTER_PERMISSIONS, READER_INDEX_PERMISSIONS)


def members(arns: Iterable[str]) -> frozenset[Member]:
    """Return how a mapping names these callers.

    The domain sees an IAM user by its ARN as user name, and an IAM role by its ARN as backend
    role; what is no ARN is the name of a backend role, as SAML and Cognito give them.
    """
    return frozenset(("users" if ":user/" in arn else "backend_roles", arn) for arn in arns)


def members_of(mapping: Mapping[str, Any] | None) -> frozenset[Member]:
    """Return whom a mapping names."""
    found = mapping or {}
    return frozenset((field, name) for field in _MEMBER_FIELDS for name in found.get(field) or ())


def writer_mapping(request: SetupRequest) -> dict[str, Any]:
    """Return the body of the writer role's mapping."""
    return {"description": names.MARK, **_by_field(members(request.writers))}


def reader_mapping(request: SetupRequest, claims: Claims) -> dict[str, Any]:
    """Return the body of the reader role's mapping.

    Args:
        request: names the readers.
        claims: by shared role, whom this set-up answers for in that role's mapping. Kept in the
            mapping itself, because nothing else outlives a run.
    """
    record = {role: sorted(map(list, claimed)) for role, claimed in claims.items() if claimed}
    description = f"{names.MARK} {json.dumps({_ADDED: record}, sort_keys=True)}"
    return {"description": description, **_by_field(members(request.readers))}


def claims_of(mapping: Mapping[str, Any] | None) -> Claims:
    """Return, by shared role, whom a reader mapping claims to have added to its mapping."""
    description = (mapping or {}).get("description")
    if not names.is_marked(description):
        return {}
    try:
        record = json.loads(str(description).removeprefix(names.MARK))
        return {
            str(role): frozenset((str(field), str(name)) for field, name in claimed)
            for role, claimed in record[_ADDED].items()
        }
    except (AttributeError, ValueError, TypeError, KeyError):
        return {}


def claims_of_others(mappings: Mapping[str, Any], own: str, shared: str) -> frozenset[Member]:
    """Return whom the set-ups of other indexes claim to have added to ``shared``.

    Args:
        mappings: all role mappings by name.
        own: the mapping of this set-up's reader role, which is left out.
        shared: the role whose mapping is written by others too.
    """
    others = (claims_of(found) for name, found in mappings.items() if name != own)
    return frozenset().union(*(claims.get(shared, frozenset()) for claims in others))


def claim(
    wanted: frozenset[Member], shared: frozenset[Member], claimed: frozenset[Member]
) -> frozenset[Member]:
    """Return whom of ``wanted`` this set-up may take out of the shared mapping one day.

    Those who are not in ``shared`` yet, and those who are in it because this set-up or another
    one put them there (``claimed``); never those whom somebody else mapped.
    """
    return frozenset(member for member in wanted if member not in shared or member in claimed)


def additions(mapping: Mapping[str, Any], wanted: frozenset[Member]) -> list[dict[str, Any]]:
    """Return the JSON Patch that adds whom a mapping as read lacks; ``[]`` where nobody is.

    To a list that is empty the plugin adds nothing ("Missing field"): such a list is made anew.
    """
    patch: list[dict[str, Any]] = []
    for field in _MEMBER_FIELDS:
        listed = list(mapping.get(field) or ())
        missing = sorted(name for kind, name in wanted if kind == field and name not in listed)
        if missing and not listed:
            patch.append({"op": "add", "path": f"/{field}", "value": missing})
        else:
            patch += [{"op": "add", "path": f"/{field}/-", "value": name} for name in missing]
    return patch


def removals(mapping: Mapping[str, Any], unwanted: frozenset[Member]) -> list[dict[str, Any]]:
    """Return the JSON Patch that takes ``unwanted`` out of a mapping as read.

    By place, because whoever is added meanwhile comes at the end; a list written anew would drop
    them. (The plugin has no ``test`` operation.) Backwards, for each removal moves what follows.
    """
    patch: list[dict[str, Any]] = []
    for field in _MEMBER_FIELDS:
        listed = list(mapping.get(field) or ())
        patch += [
            {"op": "remove", "path": f"/{field}/{place}"}
            for place in range(len(listed) - 1, -1, -1)
            if (field, listed[place]) in unwanted
        ]
    return patch


def shared_mapping(wanted: frozenset[Member]) -> dict[str, Any]:
    """Return the body of a shared role's mapping where there was none."""
    return {"description": names.MARK, **_by_field(wanted)}


def is_empty_and_ours(mapping: Mapping[str, Any]) -> bool:
    """Return whether a shared mapping was made here and names nobody any more."""
    named = any(mapping.get(field) for field in (*_MEMBER_FIELDS, "hosts", "and_backend_roles"))
    return names.is_marked(mapping.get("description")) and not named


def is_as_wanted(actual: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Return whether a role or mapping as read says what ``wanted`` says."""
    return includes(actual, wanted)


def _role(
    request: SetupRequest, cluster: tuple[str, ...], indexes: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "description": f"{names.MARK} for the index {request.index}",
        "cluster_permissions": list(cluster),
        "index_permissions": [
            {
                "index_patterns": [names.written_pattern(request.index, request.rotation)],
                "allowed_actions": list(indexes),
            }
        ],
        "tenant_permissions": [],
    }


def _by_field(named: frozenset[Member]) -> dict[str, list[str]]:
    return {
        wanted: sorted(name for field, name in named if field == wanted)
        for wanted in _MEMBER_FIELDS
    }
