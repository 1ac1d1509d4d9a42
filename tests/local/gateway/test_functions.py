"""Functions, run as they were uploaded, by boto3 through the gateway."""

import base64
import io
import json
import textwrap
import uuid
import zipfile
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Create = Callable[..., Awaitable[Any]]
Invoke = Callable[..., Awaitable[tuple[Any, Any]]]


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def archive(**modules: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        for name, source in modules.items():
            files.writestr(f"{name}.py", textwrap.dedent(source))
    return packed.getvalue()


@pytest.fixture
def name() -> str:
    return f"f-{uuid.uuid4().hex[:12]}"


@pytest.fixture
async def role(gateway: Any, name: str) -> str:
    made = await gateway.call(
        "iam", "create_role", RoleName=name, AssumeRolePolicyDocument=trust("lambda.amazonaws.com")
    )
    arn: str = made["Role"]["Arn"]
    return arn


@pytest.fixture
async def may_log(gateway: Any, name: str, role: str) -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}],
    }
    await gateway.call(
        "iam",
        "put_role_policy",
        RoleName=name,
        PolicyName="logs",
        PolicyDocument=json.dumps(document),
    )


@pytest.fixture
def create(gateway: Any, name: str, role: str) -> Create:
    async def create(source: str, **parameters: Any) -> Any:
        settings = {"Handler": "index.handler", "Timeout": 20, "MemorySize": 256, **parameters}
        return await gateway.call(
            "lambda",
            "create_function",
            FunctionName=name,
            Role=role,
            Runtime="python3.12",
            Code={"ZipFile": archive(index=source)},
            **settings,
        )

    return create


@pytest.fixture
def invoke(gateway: Any, name: str) -> Invoke:
    async def invoke(event: Any = None, **parameters: Any) -> tuple[Any, Any]:
        answer = await gateway.call(
            "lambda",
            "invoke",
            **{"FunctionName": name, "Payload": json.dumps(event), **parameters},
        )
        body = answer["Payload"].read()
        return json.loads(body) if body else None, answer

    return invoke


async def test_the_handlers_result_comes_back(create: Create, invoke: Invoke) -> None:
    await create("def handler(event, context): return {'got': event, 'n': 1}")
    result, answer = await invoke({"ü": [1, None]})
    assert result == {"got": {"ü": [1, None]}, "n": 1}
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer


async def test_it_acts_as_its_role_in_the_environment_of_the_runtime(
    create: Create, invoke: Invoke, name: str, role: str
) -> None:
    source = """
        import os, sys, boto3
        def handler(event, context):
            return {
                "arn": boto3.client("sts").get_caller_identity()["Arn"],
                "mode": os.environ["MODE"],
                "root": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"] == sys.path[0],
                "name": context.function_name,
                "left": context.get_remaining_time_in_millis(),
                "function": context.invoked_function_arn,
                "secrets": sorted(set(os.environ) & {"HOME", "VIRTUAL_ENV", "USER"}),
            }
    """
    created = await create(source, Environment={"Variables": {"MODE": "x y"}})
    result, _ = await invoke()
    role_name = role.rpartition("/")[2]
    assert result["arn"] == f"arn:aws:sts::123456789012:assumed-role/{role_name}/{name}"
    assert result["mode"] == "x y"
    assert result["root"] is True
    assert result["name"] == name
    assert 10_000 < result["left"] <= 20_000
    assert result["function"] == created["FunctionArn"]
    assert result["secrets"] == []


@pytest.mark.parametrize("module", ["click", "moto", "firehose_logging", "httpx"])
async def test_it_sees_only_what_the_bare_runtime_has(
    create: Create, invoke: Invoke, module: str
) -> None:
    await create(f"import {module}\ndef handler(event, context): pass")
    error, answer = await invoke()
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert f"No module named '{module}'" in error["errorMessage"]


async def test_an_exception_is_told_with_its_kind_and_place(create: Create, invoke: Invoke) -> None:
    await create("def handler(event, context):\n    raise KeyError('gone')")
    error, answer = await invoke()
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == "KeyError"
    assert error["errorMessage"] == "'gone'"
    assert len(error["stackTrace"]) == 1
    assert "line 2, in handler" in error["stackTrace"][0]


@pytest.mark.parametrize(
    ("source", "handler", "kind"),
    [
        ("def handler(event, context): return {1, 2}", "index.handler", "Runtime.MarshalError"),
        ("x = 1", "index.handler", "Runtime.HandlerNotFound"),
        ("x = (", "index.handler", "Runtime.UserCodeSyntaxError"),
        ("x = 1", "elsewhere.handler", "Runtime.ImportModuleError"),
        ("import os\nos._exit(3)", "index.handler", "Runtime.ExitError"),
        ("import os\nos.kill(os.getpid(), 9)", "index.handler", "Runtime.ExitError"),
        (
            "def handler(event, context): return len(bytearray(10**9))",
            "index.handler",
            "MemoryError",
        ),
        ("import sys\nsys.exit(0)", "index.handler", "SystemExit"),
    ],
)
async def test_every_kind_of_failure_has_lambdas_name(
    create: Create, invoke: Invoke, source: str, handler: str, kind: str
) -> None:
    await create(source, Handler=handler)
    error, answer = await invoke()
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == kind


async def test_a_function_that_takes_too_long_is_ended_with_all_it_started(
    create: Create, invoke: Invoke
) -> None:
    source = """
        import subprocess, time
        def handler(event, context):
            subprocess.Popen(["sleep", "600"])
            time.sleep(600)
    """
    await create(source, Timeout=1)
    error, _ = await invoke()
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Task timed out after 1.00 seconds")


async def test_what_it_prints_is_in_its_log_group_and_in_the_tail(
    create: Create, invoke: Invoke, gateway: Any, name: str, may_log: None
) -> None:
    source = """
        import logging
        def handler(event, context):
            print("printed")
            logging.warning("logged")
    """
    await create(source, LoggingConfig={"LogGroup": f"/own/{name}"})
    _, answer = await invoke(LogType="Tail")
    tail = base64.b64decode(answer["LogResult"]).decode()
    found = await gateway.call("logs", "filter_log_events", logGroupName=f"/own/{name}")
    messages = [event["message"] for event in found["events"]]
    for lines in (messages, tail.splitlines()):
        assert lines[0].startswith("START RequestId")
        assert "printed" in lines
        assert any(line.endswith("logged") for line in lines)
        assert lines[-1].startswith("REPORT RequestId")


async def test_a_role_that_may_not_log_runs_without_a_log(
    create: Create, invoke: Invoke, gateway: Any, name: str
) -> None:
    await create("def handler(event, context): return 1")
    assert (await invoke())[0] == 1
    groups = await gateway.call(
        "logs", "describe_log_groups", logGroupNamePrefix=f"/aws/lambda/{name}"
    )
    assert groups["logGroups"] == []


@pytest.mark.parametrize("of_this_function", [True, False])
async def test_policies_see_which_function_its_credentials_were_given_to(
    gateway: Any, create: Create, invoke: Invoke, role: str, of_this_function: bool
) -> None:
    source = """
        import boto3
        def handler(event, context):
            try:
                return boto3.client("s3").list_buckets()["Buckets"] is not None
            except Exception as error:
                return str(error)
    """
    made = await create(source)
    function = made["FunctionArn"] if of_this_function else f"{made['FunctionArn']}-of-another"
    statement = {
        "Effect": "Allow",
        "Action": "s3:ListAllMyBuckets",
        "Resource": "*",
        "Condition": {"ArnEquals": {"lambda:SourceFunctionArn": function}},
    }
    await gateway.call(
        "iam",
        "put_role_policy",
        RoleName=role.rpartition("/")[2],
        PolicyName="buckets",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    result, _ = await invoke({})
    assert result is True if of_this_function else "AccessDenied" in result


async def test_a_role_that_lambda_may_not_assume_is_refused_at_creation(
    gateway: Any, name: str
) -> None:
    made = await gateway.call(
        "iam", "create_role", RoleName=name, AssumeRolePolicyDocument=trust("ec2.amazonaws.com")
    )
    with pytest.raises(ClientError, match="cannot be assumed by Lambda") as refusal:
        await gateway.call(
            "lambda",
            "create_function",
            FunctionName=name,
            Role=made["Role"]["Arn"],
            Runtime="python3.12",
            Handler="index.handler",
            Code={"ZipFile": archive(index="")},
        )
    assert refusal.value.response["Error"]["Code"] == "InvalidParameterValueException"


async def test_an_unknown_function_is_not_found(invoke: Invoke) -> None:
    with pytest.raises(ClientError, match="Function not found: arn:aws:lambda:") as refusal:
        await invoke()
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


async def test_a_payload_that_is_no_json_is_refused(create: Create, invoke: Invoke) -> None:
    await create("def handler(event, context): return event")
    with pytest.raises(ClientError, match="Could not parse request body into json"):
        await invoke(Payload=b"{oops")


async def test_a_dry_run_runs_nothing(create: Create, invoke: Invoke) -> None:
    await create("raise SystemExit")
    _, answer = await invoke(InvocationType="DryRun")
    assert answer["StatusCode"] == 204


async def test_a_function_is_found_by_name_arn_and_qualifier(
    create: Create, invoke: Invoke, name: str
) -> None:
    created = await create("def handler(event, context): return 7")
    for known_as in (name, f"{name}:$LATEST", created["FunctionArn"]):
        assert (await invoke(FunctionName=known_as))[0] == 7
    assert (await invoke(Qualifier="$LATEST"))[0] == 7


async def test_new_code_is_what_runs_next(
    create: Create, invoke: Invoke, gateway: Any, name: str
) -> None:
    await create("def handler(event, context): return 'old'")
    assert (await invoke())[0] == "old"
    code = archive(index="def handler(event, context): return 'new'")
    await gateway.call("lambda", "update_function_code", FunctionName=name, ZipFile=code)
    assert (await invoke())[0] == "new"
