"""Who may do what through a domain's endpoint: signature, access policy, fine-grained access."""

import asyncio

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.credentials import Credentials
from opensearchpy import OpenSearch, Urllib3AWSV4SignerAuth, Urllib3HttpConnection

from firehose_logging.local.domain.authority import Authority

from .conftest import ACCOUNT, DOMAIN_ARN, REGION, Callers, Settings, Signer, open_policy

WRITER = f"arn:aws:iam::{ACCOUNT}:role/writer"
MASTER = f"arn:aws:iam::{ACCOUNT}:role/master"
PASSWORD = "Correct-Horse-9-Battery"


async def test_the_access_policy_lets_in_whom_it_names(
    guarded: httpx.AsyncClient, settings: Settings, callers: Callers
) -> None:
    settings.change(access_policy=open_policy(Principal={"AWS": WRITER}))
    named = await guarded.get("/", auth=Signer(callers.role("writer")))
    assert named.status_code == 200
    other = await guarded.get("/_search", auth=Signer(callers.role("other")))
    assert other.status_code == 403
    assert other.json() == {
        "Message": f"User: arn:aws:sts::{ACCOUNT}:assumed-role/other/session is not authorized "
        "to perform: es:ESHttpGet because no identity-based policy allows the es:ESHttpGet action"
    }


async def test_nobody_is_refused_as_anonymous(
    guarded: httpx.AsyncClient, settings: Settings
) -> None:
    settings.change(access_policy=open_policy(Principal={"AWS": WRITER}))
    answer = await guarded.post("/_bulk", content=b"{}\n")
    assert answer.status_code == 403
    assert answer.json()["Message"].startswith(
        "User: anonymous is not authorized to perform: es:ESHttpPost"
    )


async def test_an_open_policy_with_an_address_condition_asks_for_the_address(
    guarded: httpx.AsyncClient, settings: Settings
) -> None:
    here = {"IpAddress": {"aws:SourceIp": ["127.0.0.1", "::1"]}}
    settings.change(access_policy=open_policy(Condition=here))
    assert (await guarded.get("/")).status_code == 200
    settings.change(
        access_policy=open_policy(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    )
    assert (await guarded.get("/")).status_code == 403


async def test_a_policy_for_one_index_covers_no_other(
    guarded: httpx.AsyncClient, settings: Settings
) -> None:
    settings.change(access_policy=open_policy(Resource=f"{DOMAIN_ARN}/access-one/*"))
    assert (await guarded.put("/access-one/_doc/1", json={"a": 1})).status_code == 201
    assert (await guarded.put("/access-two/_doc/1", json={"a": 1})).status_code == 403
    dots = await guarded.put("/access-one/%2e%2e/access-two/_doc/1", json={"a": 1})
    assert dots.status_code == 403


async def test_an_identity_policy_suffices_and_an_explicit_deny_wins(
    guarded: httpx.AsyncClient, settings: Settings, callers: Callers
) -> None:
    reader = Signer(callers.user("reader"))
    arn = f"arn:aws:iam::{ACCOUNT}:user/reader"
    allow = {"Effect": "Allow", "Action": "es:ESHttpGet", "Resource": "*"}
    callers.attach(arn, {"Version": "2012-10-17", "Statement": [allow]})
    assert (await guarded.get("/", auth=reader)).status_code == 200
    assert (await guarded.post("/_search", auth=reader)).status_code == 403
    settings.change(access_policy=open_policy(Effect="Deny"))
    denied = await guarded.get("/", auth=reader)
    assert "explicit deny in a resource-based policy" in denied.json()["Message"]


async def test_a_wrong_signature_is_refused_in_the_services_words(
    guarded: httpx.AsyncClient, settings: Settings, callers: Callers
) -> None:
    settings.change(access_policy=open_policy())
    callers.role("writer")
    forged = SigV4Auth(Credentials("AKIAWRITER", "another"), "es", REGION)
    wrong = await guarded.get("/", auth=Signer(forged))
    assert wrong.status_code == 403
    assert wrong.json()["message"].startswith("The request signature we calculated does not match")
    stranger = SigV4Auth(Credentials("AKIAUNKNOWN", "another"), "es", REGION)
    unknown = await guarded.get("/", auth=Signer(stranger))
    assert unknown.json() == {"message": "The security token included in the request is invalid."}


async def test_a_body_that_was_changed_on_the_way_is_refused(
    guarded: httpx.AsyncClient, settings: Settings, callers: Callers
) -> None:
    settings.change(access_policy=open_policy())
    request = guarded.build_request("POST", "/_search", content=b'{"size":1}')
    signed = next(Signer(callers.role("writer")).auth_flow(request))
    forged = guarded.build_request(
        "POST", "/_search", content=b'{"size":2}', headers=signed.headers
    )
    assert (await guarded.send(forged)).status_code == 403


async def test_with_fine_grained_access_the_master_role_is_all_powerful_and_strangers_nothing(
    guarded: httpx.AsyncClient, settings: Settings, callers: Callers
) -> None:
    settings.change(access_policy=open_policy(), fine_grained=True, master_arn=MASTER)
    who = await guarded.get("/_plugins/_security/authinfo", auth=Signer(callers.role("master")))
    assert who.json()["user_name"] == MASTER
    assert {"all_access", "security_manager"} <= set(who.json()["roles"])
    stranger = await guarded.get("/_search", auth=Signer(callers.role("stranger")))
    assert stranger.status_code == 403
    assert stranger.json()["error"]["type"] == "security_exception"


async def test_the_master_maps_a_role_that_then_may_write_its_indexes_only(
    guarded: httpx.AsyncClient, settings: Settings, callers: Callers
) -> None:
    settings.change(access_policy=open_policy(), fine_grained=True, master_arn=MASTER)
    master, writer = Signer(callers.role("master")), Signer(callers.role("writer"))
    security = "/_plugins/_security/api"
    grants = {
        "cluster_permissions": ["cluster_composite_ops"],
        "index_permissions": [
            {"index_patterns": ["access-fgac-*"], "allowed_actions": ["crud", "create_index"]}
        ],
    }
    made = await guarded.put(f"{security}/roles/access_writer", json=grants, auth=master)
    assert made.status_code == 201
    mapping = {"backend_roles": [WRITER]}
    await guarded.put(f"{security}/rolesmapping/access_writer", json=mapping, auth=master)
    good = await guarded.put("/access-fgac-1/_doc/1", json={"a": 1}, auth=writer)
    assert good.status_code == 201
    bad = await guarded.put("/access-else/_doc/1", json={"a": 1}, auth=writer)
    assert (bad.status_code, bad.json()["error"]["type"]) == (403, "security_exception")


async def test_a_master_by_name_and_password_logs_in_and_others_are_told_401(
    guarded: httpx.AsyncClient, settings: Settings
) -> None:
    settings.change(
        access_policy=open_policy(),
        fine_grained=True,
        master_name="chief",
        master_password=PASSWORD,
    )
    who = await guarded.get("/_plugins/_security/authinfo", auth=("chief", PASSWORD))
    assert {"all_access", "security_manager"} <= set(who.json()["roles"])
    assert (await guarded.get("/", auth=("chief", "wrong"))).status_code == 401
    nobody = await guarded.get("/")
    assert (nobody.status_code, nobody.text) == (401, "Unauthorized")


async def test_a_password_does_not_open_a_domain_whose_policy_names_roles_only(
    guarded: httpx.AsyncClient, settings: Settings
) -> None:
    settings.change(
        access_policy=open_policy(Principal={"AWS": WRITER}),
        fine_grained=True,
        master_name="chief",
        master_password=PASSWORD,
    )
    answer = await guarded.get("/", auth=("chief", PASSWORD))
    assert answer.status_code == 403
    assert "User: anonymous" in answer.json()["Message"]


async def test_without_fine_grained_access_there_is_no_security_api(
    guarded: httpx.AsyncClient, settings: Settings
) -> None:
    settings.change(access_policy=open_policy())
    answer = await guarded.get("/_plugins/_security/api/roles")
    assert answer.status_code == 401
    assert answer.json() == {
        "Message": "Your request: '/_plugins/_security/api/roles' is not allowed."
    }


@pytest.mark.parametrize("index", ["access-py", "access-p*", "access-py,access-p*"])
async def test_opensearch_py_signs_every_path_as_the_endpoint_verifies_it(
    guarded: httpx.AsyncClient,
    settings: Settings,
    callers: Callers,
    authority: Authority,
    index: str,
) -> None:
    settings.change(access_policy=open_policy(Principal={"AWS": WRITER}))
    keys = callers.role("writer").credentials
    session = boto3.Session(keys.access_key, keys.secret_key, region_name=REGION)

    def search() -> int:
        with OpenSearch(
            str(guarded.base_url),
            http_auth=Urllib3AWSV4SignerAuth(session.get_credentials(), REGION, "es"),
            connection_class=Urllib3HttpConnection,
            ca_certs=str(authority.bundle),
            timeout=60,
        ) as client:
            client.index(index="access-py", id="ü/1", body={"a": 1}, refresh=True)
            return int(client.search(index=index, q="a:1", size=1)["hits"]["total"]["value"])

    assert await asyncio.to_thread(search) == 1
