"""The build that Maven runs, and what is made of its files."""

from importlib.resources import files
from xml.etree import ElementTree

import pytest

from firehose_logging.local.engines.base import EngineError
from firehose_logging.local.engines.maven import artifact_of, find_maven
from firehose_logging.local.engines.reactor import Artifact, parse_artifacts, reactor

NAMESPACE = {"m": "http://maven.apache.org/POM/4.0.0"}


def shipped() -> list[Artifact]:
    listing = files("firehose_logging.local.engines").joinpath("assembly/artifacts.txt")
    return parse_artifacts(listing.read_text())


def test_every_artifact_is_in_exactly_one_module() -> None:
    artifacts = shipped()
    poms = reactor(artifacts, modules=5)
    root = ElementTree.fromstring(poms.pop("pom.xml"))
    modules = [module.text for module in root.findall("m:modules/m:module", NAMESPACE)]
    assert [f"{module}/pom.xml" for module in modules] == list(poms)
    named = [
        Artifact(*(dependency.findtext(f"m:{part}", "", NAMESPACE) for part in PARTS))
        for pom in poms.values()
        for dependency in ElementTree.fromstring(pom).findall(
            "m:dependencies/m:dependency", NAMESPACE
        )
    ]
    assert sorted(named, key=lambda artifact: artifact.path) == sorted(
        artifacts, key=lambda artifact: artifact.path
    )


PARTS = ("groupId", "artifactId", "version", "type")


def test_every_artifact_is_pinned_and_listed_once() -> None:
    artifacts = shipped()
    assert len({(artifact.group, artifact.name) for artifact in artifacts}) == len(artifacts)
    assert all(artifact.version[0].isdigit() for artifact in artifacts)
    assert [a.name for a in artifacts if a.kind == "zip"] == ["opensearch-security"]


def test_a_path_is_laid_out_as_maven_does() -> None:
    assert Artifact("org.apache.lucene", "lucene-core", "10.3.2").path == (
        "org/apache/lucene/lucene-core/10.3.2/lucene-core-10.3.2.jar"
    )


@pytest.mark.parametrize(
    ("file_name", "artifact"),
    [
        ("asm-9.9.jar", "asm"),
        ("guava-33.5.0-jre.jar", "guava"),
        ("netty-codec-http2-4.2.7.Final.jar", "netty-codec-http2"),
        ("scala-java8-compat_3-1.0.2.jar", "scala-java8-compat_3"),
        ("httpclient5-5.4.4.jar", "httpclient5"),
        ("opensaml-3.4.0.0-all.jar", "opensaml"),
    ],
)
def test_an_artifact_is_recognised_whatever_its_version(file_name: str, artifact: str) -> None:
    assert artifact_of(file_name) == artifact


def test_maven_missing_is_one_line_with_the_remedy() -> None:
    with pytest.raises(EngineError) as refusal:
        find_maven({"PATH": ""})
    assert "install Maven" in str(refusal.value)
    assert "--engine osmem" in str(refusal.value)
