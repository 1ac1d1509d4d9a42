"""What streams may do in a domain that is set up, and what they need of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from firehose_logging.domain_setup.documents import roles

from .wanted import DAY, READER, STRANGER, WRITER, Prepare, request_for

if TYPE_CHECKING:
    from tests.local.domain_setup.conftest import Caller

MakeCaller = Callable[..., "Caller"]


def test_g8_the_writer_writes_its_index_and_no_other(prepared: Prepare, caller: MakeCaller) -> None:
    prepared(request_for("mine"))
    writer = caller(WRITER)
    assert writer.bulk(f"mine-{DAY}", {"message": "new index, new field", "made_up": 1})[0] == 201
    assert writer.bulk("mine", {"message": "not rotated"})[0] == 201
    for other in (f"other-{DAY}", f"minerals-{DAY}", ".kibana_1"):
        status, reason = writer.bulk(other, {"message": "not mine"})
        assert (status, "no permissions" in reason) == (403, True), other
    administrator_api = "/_plugins/_security/api/roles"
    assert writer.call("GET", administrator_api).status == 403
    assert writer.call("PUT", "/_index_template/x", {"index_patterns": ["x-*"]}).status == 403


def test_g8_who_is_not_mapped_writes_nothing(prepared: Prepare, caller: MakeCaller) -> None:
    prepared(request_for("mine"))
    assert caller(STRANGER).bulk(f"mine-{DAY}", {"message": "no"})[0] == 403
    assert caller(READER).bulk(f"mine-{DAY}", {"message": "no"})[0] == 403


def test_g1_the_writer_reads_the_state_that_firehose_reads(
    prepared: Prepare, caller: MakeCaller
) -> None:
    prepared(request_for("mine"))
    writer = caller(WRITER)
    writer.bulk(f"mine-{DAY}", {"message": "there"})
    for path in (
        "/_cluster/stats",
        "/_nodes",
        "/_nodes/stats",
        "/_nodes/*/stats",
        "/mine*/_mapping",
        "/mine*/_stats",
    ):
        assert writer.call("GET", path).status == 200, path


def soon(look: Callable[[], Any], expected: Any) -> bool:
    """Return whether it becomes so; the plugin applies a new role a moment after its answer."""
    for _ in range(20):
        if look() == expected:
            return True
        time.sleep(0.1)
    return False


PERMISSIONS = [
    *(("cluster_permissions", name) for name in roles.WRITER_CLUSTER_PERMISSIONS),
    *(("allowed_actions", name) for name in roles.WRITER_INDEX_PERMISSIONS),
]


def bulk_into_new_index(writer: Caller) -> bool:
    return writer.bulk(f"mine-{DAY}-23", {"message": "x", "unknown": 1})[0] == 201


def nodes(writer: Caller) -> bool:
    return writer.call("GET", "/_nodes/stats").is_success


def index_stats(writer: Caller) -> bool:
    return writer.call("GET", "/mine*/_stats").is_success


BREAKS = {
    "cluster_composite_ops": bulk_into_new_index,
    "cluster_monitor": nodes,
    "crud": bulk_into_new_index,
    "manage": index_stats,
}
"""What of Firehose's work ends with a permission."""

DEMANDED = {
    "create_index": "https://aws.amazon.com/blogs/big-data/ingest-streaming-data-into-amazon-"
    "elasticsearch-service-within-the-privacy-of-your-vpc-with-amazon-kinesis-data-firehose/"
}
"""Where AWS demands a permission that nothing ends without; ``manage`` contains this one."""


def test_g8_every_permission_of_the_writer_stands_in_a_table() -> None:
    assert sorted(name for _, name in PERMISSIONS) == sorted([*BREAKS, *DEMANDED])


@pytest.mark.parametrize(("kind", "name"), PERMISSIONS)
def test_g8_without_a_permission_of_the_writer_something_of_its_work_is_refused(
    prepared: Prepare, administrator: Caller, caller: MakeCaller, kind: str, name: str
) -> None:
    wanted = prepared(request_for("mine"))
    administrator.bulk(f"mine-{DAY}", {"message": "there"})
    writer = caller(WRITER)
    works = (bulk_into_new_index, nodes, index_stats)
    assert all(work(writer) for work in works)
    administrator.call("DELETE", f"/mine-{DAY}-23")

    role = roles.writer_role(wanted)
    (role if kind == "cluster_permissions" else role["index_permissions"][0])[kind].remove(name)
    put = administrator.call(
        "PUT", "/_plugins/_security/api/roles/firehose-logging-mine-writer", role
    )
    assert put.is_success
    breaks = [BREAKS[name]] if name in BREAKS else []

    def broken() -> list[Callable[[Caller], bool]]:
        administrator.call("DELETE", f"/mine-{DAY}-23")
        return [work for work in works if not work(writer)]

    assert soon(broken, breaks)


MINIMUM = {
    "cluster_permissions": ("indices:data/write/bulk",),
    "allowed_actions": (
        "indices:admin/create",
        "indices:admin/mapping/put",
        "indices:data/write/bulk[s]",
        "indices:data/write/index",
    ),
}


@pytest.mark.parametrize(
    "without", [None, *MINIMUM["cluster_permissions"], *MINIMUM["allowed_actions"]]
)
def test_five_single_permissions_are_the_least_that_writes_a_record(
    prepared: Prepare, administrator: Caller, caller: MakeCaller, without: str | None
) -> None:
    prepared(request_for("mine"))
    kept = {kind: [one for one in all_ if one != without] for kind, all_ in MINIMUM.items()}
    role = {
        "cluster_permissions": kept["cluster_permissions"],
        "index_permissions": [
            {"index_patterns": ["mine-*"], "allowed_actions": kept["allowed_actions"]}
        ],
    }
    path = "/_plugins/_security/api/roles/firehose-logging-mine-writer"
    put = administrator.call("PUT", path, {**role, "description": "Made by firehose-logging"})
    assert put.is_success, put

    def writes() -> bool:
        administrator.call("DELETE", f"/mine-{DAY}-23")
        return bulk_into_new_index(caller(WRITER))

    assert soon(writes, without is None)
