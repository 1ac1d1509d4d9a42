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
    others = (
        "mine",
        "mine-archive",
        f"mine-web-{DAY}",
        f"other-{DAY}",
        f"minerals-{DAY}",
        ".kibana_1",
    )
    for other in others:
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


def first_record(writer: Caller) -> bool:
    """Write into an index that is made by it, with a field that nobody has seen."""
    return writer.bulk(f"mine-{DAY}-23", {"message": "x", "unknown": 1})[0] == 201


def next_record(writer: Caller) -> bool:
    return writer.bulk(f"mine-{DAY}", {"message": "x"})[0] == 201


def reading(path: str) -> Callable[[Caller], bool]:
    def read(writer: Caller) -> bool:
        return writer.call("GET", path).is_success

    read.__name__ = path
    return read


cluster_stats = reading("/_cluster/stats")
nodes = reading("/_nodes")
nodes_stats = reading("/_nodes/stats")
index_stats = reading("/mine*/_stats")
index_mapping = reading("/mine*/_mapping")
WORKS = (
    first_record,
    next_record,
    cluster_stats,
    nodes,
    nodes_stats,
    index_stats,
    index_mapping,
)

BREAKS = {
    "cluster:monitor/nodes/info": [nodes],
    "cluster:monitor/nodes/stats": [nodes_stats],
    "cluster:monitor/stats": [cluster_stats],
    "indices:data/write/bulk": [first_record, next_record],
    "indices:admin/create": [first_record],
    "indices:admin/mapping/put": [first_record],
    "indices:admin/mappings/get": [index_mapping],
    "indices:data/write/bulk[s]": [first_record, next_record],
    "indices:data/write/index": [first_record, next_record],
    "indices:monitor/stats": [index_stats],
}
"""What of Firehose's work ends with a permission: what G1 names, and an index's first record."""


def test_every_permission_of_the_writer_stands_in_the_table() -> None:
    assert sorted(name for _, name in PERMISSIONS) == sorted(BREAKS)


def test_g1_with_all_of_them_nothing_of_firehoses_work_is_refused(
    prepared: Prepare, administrator: Caller, caller: MakeCaller
) -> None:
    prepared(request_for("mine"))
    administrator.call("DELETE", f"/mine-{DAY}-23")
    writer = caller(WRITER)
    assert soon(lambda: [work.__name__ for work in WORKS if not work(writer)], [])


@pytest.mark.parametrize(("kind", "name"), PERMISSIONS)
def test_without_a_permission_of_the_writer_some_of_its_work_is_refused_and_no_other(
    prepared: Prepare, administrator: Caller, caller: MakeCaller, kind: str, name: str
) -> None:
    wanted = prepared(request_for("mine"))
    administrator.bulk(f"mine-{DAY}", {"message": "there"})
    writer = caller(WRITER)
    role = roles.writer_role(wanted)
    (role if kind == "cluster_permissions" else role["index_permissions"][0])[kind].remove(name)
    put = administrator.call(
        "PUT", "/_plugins/_security/api/roles/firehose-logging-mine-writer", role
    )
    assert put.is_success

    def broken() -> list[Callable[[Caller], bool]]:
        administrator.call("DELETE", f"/mine-{DAY}-23")
        return [work for work in WORKS if not work(writer)]

    assert soon(broken, BREAKS[name])
