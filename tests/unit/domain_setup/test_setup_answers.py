"""What a domain's answers mean: lacking, refused, and in whose words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from firehose_logging.domain_setup.answer import Answer, Call, is_lacking, is_refused_by_iam


def answer(status: int, document: Any) -> Answer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Answer(Call("GET", "/_plugins/_ism/policies/x"), status, body)


@pytest.mark.parametrize(
    ("status", "document"),
    [
        (400, {"error": "no handler found for uri [/_plugins/_ism/policies/x] and method [GET]"}),
        (401, {"Message": "Your request: '/_plugins/_security/api/roles' is not allowed."}),
        (404, b"<html>not here</html>"),
        (404, b""),
        (405, {"error": "Incorrect HTTP method for uri [/x] and method [PATCH], allowed: [GET]"}),
        (501, {"Message": "not supported"}),
    ],
)
def test_an_api_that_is_not_there_is_lacking(status: int, document: Any) -> None:
    assert is_lacking(answer(status, document))


@pytest.mark.parametrize(
    ("status", "document"),
    [
        (200, {}),
        (400, {"error": {"reason": "unknown setting [index.x]"}}),
        (401, {"Message": "User: x is not authorized to perform: es:ESHttpGet"}),
        (401, b"Unauthorized"),
        (403, {"message": "No permission to access REST API"}),
        (404, {"error": {"reason": "Policy not found"}, "status": 404}),
        (404, {"statusCode": 404, "message": "Saved object [a/b] not found"}),
        (503, {"Message": "Service Unavailable"}),
    ],
)
def test_an_api_that_answers_is_there_whatever_it_says(status: int, document: Any) -> None:
    assert not is_lacking(answer(status, document))


def test_a_refusal_by_iam_is_told_from_one_by_the_engine() -> None:
    by_iam = {"Message": "User: x is not authorized to perform: es:ESHttpGet on resource: y"}
    assert is_refused_by_iam(answer(403, by_iam))
    by_engine = {"error": {"reason": "no permissions for [indices:admin/create]"}}
    assert not is_refused_by_iam(answer(403, by_engine))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"error": {"reason": "Policy\nnot  found", "type": "t"}}, "Policy not found"),
        ({"error": {"type": "t"}}, "t"),
        ({"error": "plain"}, "plain"),
        ({"message": "m"}, "m"),
        ({"Message": "M"}, "M"),
        (b"<html>\n<b>x</b></html>", "<html> <b>x</b></html>"),
        ([1], "[1]"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_the_reason_is_the_domains_own_in_one_line(document: Any, reason: str) -> None:
    assert answer(500, document).reason == reason


def test_a_long_reason_is_cut() -> None:
    assert len(answer(500, {"message": "x" * 10_000}).reason) == 300
