"""A caller whose ARN was made to read as several, and one whose path reads as another's."""

import httpx
import pytest

from firehose_logging.local.engines.opensearch import OpenSearchEngine
from firehose_logging.local.iam.catalog.search import domain_http

MASTER = "arn:aws:iam::123456789012:role/master"
DOMAIN = "arn:aws:es:eu-west-1:123456789012:domain/logs"


@pytest.mark.parametrize("separator", [*";,|&:!~", "%20", "%3B"])
def test_who_makes_a_user_with_the_masters_arn_in_its_path_is_that_user_alone(
    engine: OpenSearchEngine, separator: str
) -> None:
    caller = f"arn:aws:iam::123456789012:user/{separator}{MASTER}{separator}/mallory"
    headers = engine.headers_as((caller,))
    url = f"{engine.url}/_plugins/_security/authinfo"
    known = httpx.get(url, headers=dict(headers), trust_env=False).json()
    assert known["backend_roles"] == [caller]


@pytest.mark.parametrize("path", ["/mine%2F*,theirs/_search", "/mine%2f*,theirs/_search"])
def test_who_may_search_one_index_reaches_no_other_behind_an_encoded_slash(
    engine: OpenSearchEngine, path: str
) -> None:
    headers = dict(engine.headers_as_administrator())
    with httpx.Client(base_url=engine.url, headers=headers, trust_env=False) as client:
        client.put("/theirs/_doc/1?refresh=true", json={"secret": 1}).raise_for_status()
        asked = client.build_request("GET", "/", extensions={"target": path.encode()})
        found = client.send(asked).json()
    # The engine takes it for a list of two names, so policies have to as well.
    assert found["hits"]["total"]["value"] == 1
    resource = domain_http("GET", DOMAIN, path).resource or ""
    assert resource == f"{DOMAIN}/mine%2F*,theirs/_search"
