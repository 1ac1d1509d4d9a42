"""A Maven build that only resolves a fixed list of artifacts, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

MODULES = 8
"""Maven reads the descriptors of one module one after the other, and of several side by side."""


@dataclass(frozen=True)
class Artifact:
    """One file of a Maven repository; ``kind`` is ``jar`` or ``zip``."""

    group: str
    name: str
    version: str
    kind: str = "jar"

    @property
    def path(self) -> str:
        """Where a repository keeps it, below its root."""
        folder = self.group.replace(".", "/")
        return f"{folder}/{self.name}/{self.version}/{self.name}-{self.version}.{self.kind}"


def parse_artifacts(text: str) -> list[Artifact]:
    """Read one ``group:name:version[:kind]`` a line."""
    return [Artifact(*line.strip().split(":")) for line in text.splitlines() if line.strip()]


def reactor(artifacts: Sequence[Artifact], modules: int = MODULES) -> dict[str, str]:
    """Return the build as texts of POM files by their paths.

    Transitive dependencies are shut out: the list is the whole truth. A plugin that asks for
    dependency resolution and does nothing makes Maven fetch the files; antrun is the smallest.
    """
    poms = {
        f"part{number}/pom.xml": _project(
            f"part{number}", _dependencies(artifacts[number::modules]) + _PLUGIN
        )
        for number in range(modules)
    }
    names = "".join(f"<module>{path.split('/')[0]}</module>" for path in poms)
    poms["pom.xml"] = _project("engine", f"<modules>{names}</modules>{_PLUGIN}")
    return poms


def _project(name: str, body: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        f"<groupId>firehose-logging</groupId><artifactId>{name}</artifactId>"
        f"<version>1</version><packaging>pom</packaging>{body}</project>\n"
    )


def _dependencies(artifacts: Sequence[Artifact]) -> str:
    return f"<dependencies>{''.join(map(_dependency, artifacts))}</dependencies>"


def _dependency(artifact: Artifact) -> str:
    return (
        f"<dependency><groupId>{escape(artifact.group)}</groupId>"
        f"<artifactId>{escape(artifact.name)}</artifactId>"
        f"<version>{escape(artifact.version)}</version><type>{escape(artifact.kind)}</type>"
        "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion>"
        "</exclusions></dependency>"
    )


_PLUGIN = (
    "<build><plugins><plugin><groupId>org.apache.maven.plugins</groupId>"
    "<artifactId>maven-antrun-plugin</artifactId><version>3.1.0</version>"
    "<configuration><target/></configuration></plugin></plugins></build>"
)
