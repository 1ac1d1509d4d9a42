"""Clients of AWS that work with the stack unchanged, led there by their usual variables alone.

Terraform is one more: the tests below ``tests/local/terraform`` and ``tests/e2e`` apply with it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from opensearchpy import AWSV4SignerAuth, OpenSearch, RequestsHttpConnection
from tests.local.firehose.running_stack import BUCKET, RunningStack, start, wait_for
from tests.local.programs import leave_out, program

from firehose_logging.local import process

from .aws_cli import AwsCli, find_command
from .javascript_sdk import installed

CACHE = Path(__file__).resolve().parents[3] / ".cache"
UNSUPPORTED = "not supported by the local stack"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    home = tmp_path_factory.mktemp("clients") / "home"
    running = start(home)
    running.prepare()
    running.create_stream(interval=0)
    yield running
    process.stop(home)


@pytest.fixture(scope="module")
def environment(stack: RunningStack) -> Mapping[str, str]:
    """What a client is told: the variables of ``local env``, and no other of AWS's."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return plain | nowhere | dict(stack.info.environment)


def expect(stack: RunningStack, *numbers: int) -> None:
    """Wait until documents are in the index, among others."""
    wait_for(lambda: set(numbers) <= set(stack.found()), f"{numbers} are not in the index")


def endpoint(stack: RunningStack) -> str:
    status = stack.client("opensearch").describe_domain(DomainName="logging")["DomainStatus"]
    return str(status["Endpoint"])


def test_boto3(
    stack: RunningStack, environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    client = boto3.Session().client("firehose")
    answer = client.put_record_batch(DeliveryStreamName="logs", Records=[{"Data": b'{"n":101}'}])
    client.close()
    assert answer["FailedPutCount"] == 0
    expect(stack, 101)


def test_opensearch_py_with_awsv4signerauth(
    stack: RunningStack, environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # they outweigh what the client is told
        monkeypatch.delenv(name, raising=False)
    host, _, port = endpoint(stack).rpartition(":")
    session = boto3.Session(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    with OpenSearch(
        [{"host": host, "port": int(port)}],
        http_auth=AWSV4SignerAuth(session.get_credentials(), environment["AWS_REGION"], "es"),
        connection_class=RequestsHttpConnection,
        use_ssl=True,
        ca_certs=environment["AWS_CA_BUNDLE"],
    ) as client:
        client.index(index="signed", id="1", body={"word": "found"}, refresh=True)
        hits = client.search(index="sig*", body={"query": {"match": {"word": "found"}}})["hits"]
    assert [hit["_source"] for hit in hits["hits"]] == [{"word": "found"}]


def test_curl_with_aws_sigv4(stack: RunningStack, environment: Mapping[str, str]) -> None:
    def curl(service: str, *arguments: str) -> Any:
        keys = f"{environment['AWS_ACCESS_KEY_ID']}:{environment['AWS_SECRET_ACCESS_KEY']}"
        scope = f"aws:amz:{environment['AWS_REGION']}:{service}"
        plain = ("--silent", "--show-error", "--noproxy", "*", "--max-time", "30")
        done = subprocess.run(
            [program("curl"), *plain, "--user", keys, "--aws-sigv4", scope, *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    put = {"DeliveryStreamName": "logs", "Record": {"Data": "eyJuIjoyMDF9"}}
    answer = curl(
        "firehose",
        *("--header", "X-Amz-Target: Firehose_20150804.PutRecord"),
        *("--header", "Content-Type: application/x-amz-json-1.1"),
        *("--data", json.dumps(put), environment["AWS_ENDPOINT_URL"]),
    )
    assert answer["RecordId"]
    expect(stack, 201)
    health = f"https://{endpoint(stack)}/_cluster/health"
    assert "status" in curl("es", "--cacert", environment["AWS_CA_BUNDLE"], health)


@pytest.fixture(scope="module")
def aws(environment: Mapping[str, str]) -> AwsCli:
    try:
        command = find_command(CACHE)
    except (OSError, subprocess.SubprocessError) as error:
        leave_out(f"no AWS CLI: {error}")
    return AwsCli(command, environment)


def test_aws_cli_puts_records_and_reads_descriptions(
    stack: RunningStack, aws: AwsCli, tmp_path: Path
) -> None:
    described = aws.ask("firehose", "describe-delivery-stream", "--delivery-stream-name", "logs")
    assert described["DeliveryStreamDescription"]["DeliveryStreamStatus"] == "ACTIVE"
    records = tmp_path / "records.json"
    data = [b'{"n":301,"who":"\xc3\xbc"}', b'{"n":302}']
    records.write_text(json.dumps([{"Data": aws.blob(one)} for one in data]), "utf-8")
    put = ("--delivery-stream-name", "logs", "--records", f"file://{records}")
    assert aws.ask("firehose", "put-record-batch", *put)["FailedPutCount"] == 0
    expect(stack, 301, 302)
    query = ("--query", "DomainStatus.Endpoint", "--output", "text")
    found = aws.ask("opensearch", "describe-domain", "--domain-name", "logging", *query)
    assert found.strip() == endpoint(stack)


def test_aws_cli_copies_a_file_in_parts(aws: AwsCli, tmp_path: Path) -> None:
    here, back = tmp_path / "here", tmp_path / "back"
    here.write_bytes(os.urandom(9 * 1024 * 1024))
    aws.ask("s3", "cp", "--quiet", str(here), f"s3://{BUCKET}/copied/file")
    assert aws.ask("s3", "ls", f"s3://{BUCKET}/copied/").split()[-1] == "file"
    aws.ask("s3", "cp", "--quiet", f"s3://{BUCKET}/copied/file", str(back))
    assert back.read_bytes() == here.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("firehose", "put-record", "--delivery-stream-name", "nothing", "--record", "Data="),
            "(ResourceNotFoundException) when calling the PutRecord operation: Firehose nothing",
        ),
        (("accessanalyzer", "list-analyzers"), UNSUPPORTED),
    ],
    ids=["unknown", "unsupported"],
)
def test_aws_cli_shows_refusals_as_awss(aws: AwsCli, arguments: tuple[str, ...], said: str) -> None:
    done = aws.run(*arguments)
    assert done.returncode in {254, 255}, done
    assert "An error occurred (" in done.stderr
    assert said in done.stderr


@pytest.fixture(scope="module")
def outcomes(environment: Mapping[str, str]) -> dict[str, Any]:
    """What came of the JavaScript application's calls."""
    node = program("node")
    try:
        folder = installed(CACHE)
    except (OSError, subprocess.SubprocessError) as error:
        leave_out(f"no JavaScript SDK: {error}")
    documents = [json.dumps({"n": number, "who": "ü"}) for number in (401, 402, 403)]
    done = subprocess.run(
        [node, "application.js", "logs", *documents],
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_the_javascript_sdk_puts_records(stack: RunningStack, outcomes: dict[str, Any]) -> None:
    described = outcomes["describe"]["DeliveryStreamDescription"]
    assert described["DeliveryStreamStatus"] == "ACTIVE"
    assert described["DeliveryStreamARN"].endswith(":deliverystream/logs")
    assert outcomes["one"]["RecordId"]
    assert outcomes["batch"]["FailedPutCount"] == 0
    assert len(outcomes["batch"]["RequestResponses"]) == 2
    expect(stack, 401, 402, 403)


def test_the_javascript_sdk_knows_the_errors(outcomes: dict[str, Any]) -> None:
    unknown, too_many = outcomes["unknown"], outcomes["tooMany"]
    assert (unknown["error"], unknown["status"]) == ("ResourceNotFoundException", 400)
    assert too_many["error"] == "ValidationException"
    assert "less than or equal to 500" in too_many["message"]
    assert outcomes["unsupported"]["error"] == "InvalidArgumentException"
    assert UNSUPPORTED in outcomes["unsupported"]["message"]
