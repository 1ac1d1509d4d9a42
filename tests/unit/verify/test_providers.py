"""Where Terraform's providers are looked for."""

from pathlib import Path

import pytest

from firehose_logging.verify.providers import (
    MIRROR_VARIABLE,
    MirrorError,
    cli_configuration,
    cli_configuration_file,
    find_mirrors,
)

HOST = "registry.example"


def mirror_at(root: Path, platform_name: str = "linux_amd64", host: str = HOST) -> Path:
    (root / host / "hashicorp" / "aws" / "5.100.0" / platform_name).mkdir(parents=True)
    return root


def test_a_folder_that_holds_the_provider_is_a_mirror_under_its_hosts_name(tmp_path: Path) -> None:
    [mirror] = find_mirrors({}, roots=[mirror_at(tmp_path / "m")], platform_name="linux_amd64")
    assert mirror.folder == tmp_path / "m"
    assert mirror.host == HOST


def test_a_mirror_for_another_platform_is_passed_over(tmp_path: Path) -> None:
    root = mirror_at(tmp_path / "m", platform_name="darwin_arm64")
    assert find_mirrors({}, roots=[root], platform_name="linux_amd64") == []


def test_folders_that_are_not_there_are_passed_over(tmp_path: Path) -> None:
    assert find_mirrors({}, roots=[tmp_path / "none"], platform_name="linux_amd64") == []


def test_the_variable_comes_before_the_usual_folders(tmp_path: Path) -> None:
    usual, named = mirror_at(tmp_path / "usual"), mirror_at(tmp_path / "named")
    [mirror] = find_mirrors(
        {MIRROR_VARIABLE: str(named)}, roots=[usual], platform_name="linux_amd64"
    )
    assert mirror.folder == named


def test_the_first_mirror_of_each_host_is_taken_for_terraform_and_opentofu_ask_different_ones(
    tmp_path: Path,
) -> None:
    roots = [mirror_at(tmp_path / "a"), mirror_at(tmp_path / "b", host="other.example")]
    mirror_at(tmp_path / "b")
    mirrors = find_mirrors({}, roots=roots, platform_name="linux_amd64")
    assert [(mirror.folder, mirror.host) for mirror in mirrors] == [
        (tmp_path / "a", HOST),
        (tmp_path / "b", "other.example"),
    ]
    text = cli_configuration(mirrors)
    assert f'path    = "{tmp_path / "b"}"\n    include = ["other.example/hashicorp/aws"]' in text
    assert f'exclude = ["{HOST}/hashicorp/aws", "other.example/hashicorp/aws"]' in text


def test_a_variable_that_names_no_mirror_is_an_error_that_says_the_layout(tmp_path: Path) -> None:
    with pytest.raises(MirrorError, match=r"<host>/hashicorp/aws/<version>/linux_amd64/"):
        find_mirrors({MIRROR_VARIABLE: str(tmp_path)}, roots=[], platform_name="linux_amd64")


def test_the_folders_that_terraform_implies_are_looked_at(tmp_path: Path) -> None:
    mirror_at(tmp_path / ".terraform.d" / "plugins")
    found = find_mirrors({"HOME": str(tmp_path)}, platform_name="linux_amd64")
    assert tmp_path / ".terraform.d" / "plugins" in [mirror.folder for mirror in found]


def test_the_configuration_takes_the_provider_from_the_mirror_and_the_rest_directly(
    tmp_path: Path,
) -> None:
    [mirror] = find_mirrors({}, roots=[mirror_at(tmp_path / "m")], platform_name="linux_amd64")
    text = cli_configuration([mirror])
    assert f'path    = "{tmp_path / "m"}"' in text
    assert f'include = ["{HOST}/hashicorp/aws"]' in text
    assert f'exclude = ["{HOST}/hashicorp/aws"]' in text


def test_the_users_own_configuration_is_kept_where_there_is_no_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firehose_logging.verify.providers.find_mirrors", lambda *_: [])
    own = tmp_path / "own.rc"
    own.write_text("")
    assert cli_configuration_file(tmp_path / "s", {"TF_CLI_CONFIG_FILE": str(own)}) == own


def test_a_configuration_that_is_not_there_is_replaced_by_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firehose_logging.verify.providers.find_mirrors", lambda *_: [])
    path = cli_configuration_file(tmp_path / "s", {"TF_CLI_CONFIG_FILE": str(tmp_path / "gone")})
    assert path.read_text() == ""
