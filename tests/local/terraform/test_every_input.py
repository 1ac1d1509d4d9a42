"""Every input of the root module changes what it says it changes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.local.terraform import without_account
from tests.local.terraform.inputs import ABSENT, BESIDE, DOMAIN, EFFECTS, SILENCING, Effect

ROOT = Path(__file__).resolve().parents[3]

# Attributes by which an entry of a list is found.
NAMED_BY = ("Sid", "parameter_name", "log_type")

pytestmark = pytest.mark.slow

State = Mapping[str, Mapping[str, Any]]


def inputs_of(run: str) -> dict[str, Any]:
    """Return the inputs of a run as the root module takes them."""
    set_here = {path: effect.value for path, effect in EFFECTS.items() if effect.run == run}
    inputs: dict[str, Any] = {}
    for path, value in {**BESIDE[run], **set_here}.items():
        *parents, leaf = path.replace("overrides.", "overrides.cpu.").split(".")
        place = inputs
        for parent in parents:
            place = place.setdefault(parent, {})
        place[leaf] = value
    return inputs


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Return what Terraform told of all runs."""
    runs = {run: inputs_of(run) for run in BESIDE}
    return without_account.messages(tmp_path_factory.mktemp("inputs"), runs)


@pytest.fixture(scope="module")
def complaints(told: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return what is wrong with each run; what a plan warns of counts for a test as an error."""
    found: dict[str, list[str]] = {run: [] for run in BESIDE}
    for message in told:
        if message["type"] == "diagnostic" and message["diagnostic"]["severity"] == "error":
            found[message["@testrun"]].append(message["diagnostic"]["detail"])
    return found


@pytest.fixture(scope="module")
def states(told: list[dict[str, Any]], complaints: dict[str, list[str]]) -> dict[str, State]:
    """Return what each run made, by the address of the resource."""
    warned = set(SILENCING.values())
    assert not [text for run in complaints.keys() - warned for text in complaints[run]]
    states: dict[str, State] = {}
    for message in told:
        if message["type"] == "test_state":
            made = without_account.resources(message["test_state"].get("root_module", {}))
            # What is told again, once the run is taken down, is empty.
            states.setdefault(message["@testrun"], dict(made))
    return states


def shown(state: State, effect: Effect) -> object:
    """Return what stands in a state where the effect is looked for."""
    found: Any = state.get(effect.address, ABSENT)
    for part in effect.path.split("."):
        if found is ABSENT:
            break
        found = step(json.loads(found) if isinstance(found, str) else found, part)
    return found


def step(found: Any, part: str) -> Any:
    if isinstance(found, list):
        if part.isdigit():
            return found[int(part)] if int(part) < len(found) else ABSENT
        named = [entry for entry in found if part in (entry.get(name) for name in NAMED_BY)]
        return named[0] if named else ABSENT
    return found.get(part, ABSENT) if isinstance(found, dict) else ABSENT


@pytest.mark.parametrize("path", EFFECTS)
def test_an_input_has_its_effect(path: str, states: Mapping[str, State]) -> None:
    effect = EFFECTS[path]
    assert shown(states[effect.run], effect) == effect.shown
    assert shown(states[effect.unlike], effect) != effect.shown


def leaves() -> Iterator[str]:
    """Yield the attributes of the root module's inputs, as their types are written."""
    written = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("variables*.tf"))
    for variable in re.finditer(
        r'^variable "(\w+)" \{\n(.*?)^\}', written, re.DOTALL | re.MULTILINE
    ):
        name, body = variable.groups()
        typed = re.search(r"^  type = object\(\{\n(.*?)^  \}\)", body, re.DOTALL | re.MULTILINE)
        if typed is None:
            yield name
            continue
        parents = [name]
        for line in typed[1].splitlines():
            attribute = re.match(r" +(\w+) += ", line)
            if line.endswith("object({"):
                assert attribute is not None, line
                parents.append(attribute[1])
            elif attribute is not None:
                yield ".".join([*parents, attribute[1]])
            elif line.strip().startswith("}"):
                parents.pop()


def test_no_input_is_without_a_test_of_its_effect() -> None:
    assert sorted([*EFFECTS, *SILENCING]) == sorted(leaves())


@pytest.mark.parametrize("path", SILENCING)
def test_what_a_plan_warns_of_names_the_input_that_silences_it(
    path: str, complaints: Mapping[str, list[str]]
) -> None:
    (warning,) = complaints[SILENCING[path]]
    assert path in warning
    assert complaints["defaults"] == []


def test_every_resource_that_can_carry_tags_carries_them(states: Mapping[str, State]) -> None:
    tags = EFFECTS["tags"].value
    carriers = {address: one["tags"] for address, one in states["own"].items() if "tags" in one}
    assert len(carriers) > 15
    without = [address for address, found in carriers.items() if not tags.items() <= found.items()]
    assert not without


def test_people_are_bound_to_the_ip_ranges_and_services_are_not(
    states: Mapping[str, State],
) -> None:
    policy = json.loads(states["own"][DOMAIN]["access_policies"])
    ranges = {one["Sid"]: one.get("Condition") for one in policy["Statement"]}
    bound = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    people = dict.fromkeys(("Write", "Read", "Search", "UseDashboards", "Administer"), bound)
    services = dict.fromkeys(("StreamsWrite", "StreamsReadClusterState"))
    assert ranges == {**people, **services}


def test_with_create_false_nothing_is_made(states: Mapping[str, State]) -> None:
    assert states["nothing"] == {}
    assert len(states["defaults"]) > 30
