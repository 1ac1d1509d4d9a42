"""Dashboards' saved objects: written, read back, refused as Dashboards does."""

import json
from typing import Any

import httpx
import pytest

from .conftest import ACCOUNT, Callers, Settings, Signer, open_policy

API = "/_dashboards/api/saved_objects"
HEADERS = {"osd-xsrf": "true", "securitytenant": "global"}
PATTERN = {"attributes": {"title": "logging-test-*", "timeFieldName": "asctime"}}
MASTER = f"arn:aws:iam::{ACCOUNT}:role/master"


async def create(client: httpx.AsyncClient, path: str, body: Any = None) -> httpx.Response:
    return await client.post(f"{API}/{path}", json=body or PATTERN, headers=HEADERS)


async def test_an_index_pattern_is_kept_and_read_back(client: httpx.AsyncClient) -> None:
    made = await create(client, "index-pattern/kept?overwrite=true")
    assert made.status_code == 200
    read = (await client.get(f"{API}/index-pattern/kept")).json()
    assert read == made.json()
    assert read["attributes"] == PATTERN["attributes"]
    assert (read["id"], read["type"], read["references"]) == ("kept", "index-pattern", [])
    assert read["migrationVersion"] == {"index-pattern": "7.6.0"}


async def test_a_second_create_conflicts_unless_it_overwrites(client: httpx.AsyncClient) -> None:
    first = await create(client, "index-pattern/twice?overwrite=true")
    again = await create(client, "index-pattern/twice")
    assert again.status_code == 409
    assert again.json() == {
        "statusCode": 409,
        "error": "Conflict",
        "message": "Saved object [index-pattern/twice] conflict",
    }
    over = await create(client, "index-pattern/twice?overwrite=true")
    assert over.json()["version"] != first.json()["version"]


async def test_put_changes_what_is_there_and_makes_nothing(client: httpx.AsyncClient) -> None:
    path = f"{API}/index-pattern/changed"
    missing = await client.put(path, json=PATTERN, headers=HEADERS)
    assert missing.json() == {
        "statusCode": 404,
        "error": "Not Found",
        "message": "Saved object [index-pattern/changed] not found",
    }
    await create(client, "index-pattern/changed")
    changed = await client.put(path, json={"attributes": {"title": "new-*"}}, headers=HEADERS)
    assert changed.json()["attributes"] == {"title": "new-*"}
    read = (await client.get(path)).json()
    assert read["attributes"] == {"title": "new-*", "timeFieldName": "asctime"}


async def test_what_is_deleted_is_gone(client: httpx.AsyncClient) -> None:
    await create(client, "dashboard/gone?overwrite=true", {"attributes": {"title": "x"}})
    path = f"{API}/dashboard/gone"
    assert (await client.delete(path, headers=HEADERS)).json() == {}
    assert (await client.delete(path, headers=HEADERS)).status_code == 404
    assert (await client.get(path)).status_code == 404


async def test_writing_without_the_xsrf_header_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{API}/index-pattern/x", json=PATTERN)
    assert answer.status_code == 400
    assert answer.json() == {
        "statusCode": 400,
        "error": "Bad Request",
        "message": "Request must contain a osd-xsrf header.",
    }


async def test_objects_are_found_by_type_and_title(client: httpx.AsyncClient) -> None:
    for name in ("alpha", "beta"):
        body = {"attributes": {"title": f"{name} errors over time"}}
        await create(client, f"visualization/find-{name}?overwrite=true", body)
    query = "type=visualization&search=alpha&search_fields=title"
    found = (await client.get(f"{API}/_find?{query}")).json()
    assert [each["id"] for each in found["saved_objects"]] == ["find-alpha"]
    assert (found["page"], found["per_page"], found["total"]) == (1, 20, 1)


def export_of(*objects: dict[str, Any]) -> dict[str, tuple[str, bytes]]:
    content = "\n".join(json.dumps(each) for each in objects).encode()
    return {"file": ("export.ndjson", content)}


async def test_an_import_is_stored_and_a_second_one_conflicts(client: httpx.AsyncClient) -> None:
    reference = {"type": "index-pattern", "id": "imported", "name": "index"}
    files = export_of(
        {"type": "index-pattern", "id": "imported", **PATTERN},
        {
            "type": "visualization",
            "id": "imported",
            "attributes": {"title": "errors"},
            "references": [reference],
        },
        {"exportedCount": 2, "missingRefCount": 0, "missingReferences": []},
    )
    over = await client.post(f"{API}/_import?overwrite=true", files=files, headers=HEADERS)
    assert over.json()["success"] is True
    assert over.json()["successCount"] == 2
    read = (await client.get(f"{API}/visualization/imported")).json()
    assert read["references"] == [reference]
    again = (await client.post(f"{API}/_import", files=files, headers=HEADERS)).json()
    assert again["success"] is False
    assert {error["error"]["type"] for error in again["errors"]} == {"conflict"}


async def test_an_import_names_references_that_are_missing(client: httpx.AsyncClient) -> None:
    reference = {"type": "index-pattern", "id": "nowhere", "name": "index"}
    lonely = {"type": "search", "id": "lonely", "attributes": {}, "references": [reference]}
    answer = await client.post(f"{API}/_import", files=export_of(lonely), headers=HEADERS)
    error = answer.json()["errors"][0]["error"]
    assert error == {
        "type": "missing_references",
        "references": [{"type": "index-pattern", "id": "nowhere"}],
    }


async def test_an_export_can_be_imported(client: httpx.AsyncClient) -> None:
    await create(client, "query/exported?overwrite=true", {"attributes": {"title": "mine"}})
    body = {"objects": [{"type": "query", "id": "exported"}]}
    exported = await client.post(f"{API}/_export", json=body, headers=HEADERS)
    files = {"file": ("again.ndjson", exported.content)}
    answer = await client.post(f"{API}/_import?overwrite=true", files=files, headers=HEADERS)
    assert answer.json() == {
        "success": True,
        "successCount": 1,
        "successResults": [{"type": "query", "id": "exported", "meta": {"title": "mine"}}],
    }


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("nonsense/x", PATTERN, "Unsupported saved object type: 'nonsense': Bad Request"),
        (
            "index-pattern/x",
            {"title": "x"},
            "[request body.attributes]: expected value of type [object] but got [undefined]",
        ),
    ],
)
async def test_bad_input_is_refused_with_what_was_expected(
    client: httpx.AsyncClient, path: str, body: Any, message: str
) -> None:
    answer = await create(client, path, body)
    assert (answer.status_code, answer.json()["message"]) == (400, message)


async def test_pages_of_dashboards_are_not_there_and_say_so(client: httpx.AsyncClient) -> None:
    answer = await client.get("/_dashboards/app/home")
    assert answer.status_code == 501
    assert "not supported by the local stack" in answer.json()["message"]


async def test_with_fine_grained_access_dashboards_asks_for_its_role(
    guarded: httpx.AsyncClient, settings: Settings, callers: Callers
) -> None:
    settings.change(access_policy=open_policy(), fine_grained=True, master_arn=MASTER)
    master, reader = Signer(callers.role("master")), Signer(callers.role("dash"))
    path = f"{API}/index-pattern/guarded?overwrite=true"
    made = await guarded.post(path, json=PATTERN, headers=HEADERS, auth=master)
    assert made.status_code == 200
    refused = await guarded.get(f"{API}/index-pattern/guarded", auth=reader)
    assert (refused.status_code, refused.json()["error"]) == (403, "Forbidden")
    mapping = {"backend_roles": [f"arn:aws:iam::{ACCOUNT}:role/dash"]}
    await guarded.put(
        "/_plugins/_security/api/rolesmapping/opensearch_dashboards_user",
        json=mapping,
        auth=master,
    )
    read = await guarded.get(f"{API}/index-pattern/guarded", auth=reader)
    assert read.json()["attributes"] == PATTERN["attributes"]
    nobody = await guarded.get(f"{API}/index-pattern/guarded")
    assert (nobody.status_code, nobody.json()["message"]) == (401, "Authentication Exception")
