"""Assemble OpenSearch and its Security plugin through Maven, once per state folder."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import time
import zipfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from firehose_logging.local.engines.base import EngineError
from firehose_logging.local.engines.filelock import locked
from firehose_logging.local.engines.java import Jdk
from firehose_logging.local.engines.pinned import parse_pins, verify
from firehose_logging.local.engines.reactor import MODULES, Artifact, parse_artifacts, reactor

Progress = Callable[[str], None]

SILENCE_LIMIT = 180.0
"""Seconds without a line from Maven after which it counts as hung."""

_PROGRESS_EVERY = 4.0
_ARTIFACT = re.compile(r"(.+?)-\d[\w.\-]*\.jar$")
_UNWANTED_ARTIFACTS = frozenset({"log4j-slf4j-impl"})
_PINS = "artifacts.sha256"
_JVM_FLAGS = ("-XX:-UsePerfData", "-XX:+UseSerialGC")
_MAIN_CLASS = "SecuredNode"
_SOURCES = ("GuardedHttp.java", f"{_MAIN_CLASS}.java")


@dataclass(frozen=True)
class Assembly:
    """What a node needs to run.

    Attributes:
        class_path: existing jars, in order.
        archive: where the virtual machine keeps its class data between starts; it halves the time
            to boot.
        main_class: the class with ``main``.
    """

    class_path: tuple[Path, ...]
    archive: Path
    main_class: str = _MAIN_CLASS


def find_maven(environment: Mapping[str, str] = os.environ) -> Path:
    """Return Maven's launcher on PATH.

    Raises:
        EngineError: there is none.
    """
    launcher = shutil.which("mvn", path=environment.get("PATH", ""))
    if launcher is None:
        raise EngineError(
            "OpenSearch is assembled through Maven, and there is no mvn on PATH: "
            "install Maven 3.8 or newer, or start with --engine osmem"
        )
    return Path(launcher)


def read_assembly(folder: Path) -> Assembly | None:
    """Return what ``assemble`` left in ``folder``, or ``None`` unless every byte is as it was."""
    try:
        marker = json.loads(_marker(folder).read_text(encoding="utf-8"))
        entries = {folder / name: str(digest) for name, digest in marker["class_path"]}
        if marker["recipe"] != _recipe() or _digests(entries) != list(entries.values()):
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return _assembly(folder, list(entries))


def _drop_changed(folder: Path) -> None:
    """Remove what is not as it was assembled, for Maven takes a file that is there as it is."""
    try:
        entries = json.loads(_marker(folder).read_text(encoding="utf-8"))["class_path"]
        changed = [
            folder / name
            for name, digest in entries
            if isinstance(digest, str) and _digest(folder / name) != digest
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return
    for path in changed:
        path.unlink()


def _digests(paths: Iterable[Path]) -> list[str]:
    """Return the SHA-256 of each file, computed on all cores."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(_digest, paths))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _assembly(folder: Path, class_path: list[Path]) -> Assembly:
    return Assembly(tuple(class_path), folder / "classes.jsa")


async def assemble(folder: Path, jdk: Jdk, progress: Progress) -> Assembly:
    """Return the assembly in ``folder``, made first where it is not there yet.

    Nothing outside ``folder`` is written; Maven's settings of the machine hold. A start beside
    this one waits for it.

    Raises:
        EngineError: Maven is missing or failed.
    """
    ready = await asyncio.to_thread(read_assembly, folder)
    if ready:
        return ready
    maven = find_maven()
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    async with locked(
        folder / "assembly.lock", lambda: progress("another start assembles OpenSearch: waiting")
    ):
        ready = await asyncio.to_thread(read_assembly, folder)
        return ready or await _assemble_now(folder, maven, jdk, progress)


async def _assemble_now(folder: Path, maven: Path, jdk: Jdk, progress: Progress) -> Assembly:
    began = time.monotonic()
    progress("assembling OpenSearch through Maven (once, about 100 MB)")
    await asyncio.to_thread(_drop_changed, folder)
    jars, plugin = await _resolve(folder, maven, jdk, progress)
    plugin_jars = await asyncio.to_thread(_unpack_plugin, plugin, folder / "security", jars)
    node = await _compile(folder, jdk, [*jars, *plugin_jars])
    class_path = [node, *jars, *plugin_jars]
    # It holds classes of the class path that was.
    (folder / "classes.jsa").unlink(missing_ok=True)
    await asyncio.to_thread(_write_marker, folder, class_path)
    progress(f"OpenSearch assembled in {time.monotonic() - began:.0f} s")
    return _assembly(folder, class_path)


async def _resolve(
    folder: Path, maven: Path, jdk: Jdk, progress: Progress
) -> tuple[list[Path], Path]:
    """Return the engine's jars and the plugin's zip."""
    artifacts = parse_artifacts(_resource("artifacts.txt").decode())
    project, repository = folder / "project", folder / "maven"
    _write_poms(project, artifacts)
    command = [
        str(maven),
        "--batch-mode",
        "--strict-checksums",
        f"--threads={MODULES}",
        f"--file={project / 'pom.xml'}",
        f"-Dmaven.repo.local={repository}",
        "-Dmaven.artifact.threads=16",
        "-Daether.enhancedLocalRepository.split=false",
        "-Daether.connector.connectTimeout=10000",
        "-Daether.connector.requestTimeout=60000",
        *_checked_by_maven(project),
        "antrun:run",
    ]
    log = folder / "maven.log"
    async with _running(command, _maven_environment(folder, jdk), project) as process:
        code = await _follow(process, log, progress)
    paths = [repository / artifact.path for artifact in artifacts]
    missing = next((path.name for path in paths if not path.is_file()), None)
    if code != 0 or missing:
        raise EngineError(_maven_complaint(log, code, missing))
    pins = parse_pins(_resource(_PINS).decode())
    needed = [artifact.path for artifact in artifacts]
    await asyncio.to_thread(verify, repository, pins, needed)
    zips = [path for path in paths if path.suffix == ".zip"]
    return [path for path in paths if path.suffix == ".jar"], zips[0]


def _checked_by_maven(project: Path) -> list[str]:
    """Return what makes Maven 3.9 and later compare each file before it is used.

    That includes the one plugin that Maven runs; an older Maven ignores these, and what it ran is
    compared afterwards. Maven Resolver, "Expected checksums".
    """
    (project / "checksums.sha256").write_bytes(_resource(_PINS))
    source = "-Daether.trustedChecksumsSource.summaryFile"
    return [
        f"{source}=true",
        f"{source}.basedir={project}",
        f"{source}.originAware=false",
        "-Daether.artifactResolver.postProcessor.trustedChecksums=true",
        "-Daether.artifactResolver.postProcessor.trustedChecksums.checksumAlgorithms=SHA-256",
    ]


def _write_poms(project: Path, artifacts: list[Artifact]) -> None:
    for name, text in reactor(artifacts).items():
        pom = project / name
        pom.parent.mkdir(parents=True, exist_ok=True)
        pom.write_text(text, encoding="utf-8")


def _maven_environment(folder: Path, jdk: Jdk) -> dict[str, str]:
    flags = (*_JVM_FLAGS, f"-Djava.io.tmpdir={folder / 'tmp'}")
    options = [os.environ.get("MAVEN_OPTS", ""), *map(_quoted, flags)]
    return {**os.environ, "JAVA_HOME": str(jdk.home), "MAVEN_OPTS": " ".join(options).strip()}


def _quoted(flag: str) -> str:
    return f'"{flag}"' if " " in flag else flag


@contextlib.asynccontextmanager
async def _running(
    command: list[str], environment: Mapping[str, str], directory: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=directory,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def _follow(process: asyncio.subprocess.Process, log: Path, progress: Progress) -> int:
    """Copy Maven's words to ``log``, tell how far it is, and return its exit code."""
    assert process.stdout is not None  # noqa: S101 - PIPE was asked for
    files_fetched, told_at = 0, time.monotonic()
    with log.open("wb") as sink:
        while True:
            try:
                line = await asyncio.wait_for(process.stdout.readline(), SILENCE_LIMIT)
            except asyncio.TimeoutError:
                raise EngineError(
                    f"Maven said nothing for {SILENCE_LIMIT:.0f} s and was stopped: check the "
                    f"network and its settings.xml, or start with --engine osmem (log: {log})"
                ) from None
            if not line:
                return await process.wait()
            sink.write(line)
            files_fetched += b"Downloaded from" in line
            if time.monotonic() - told_at >= _PROGRESS_EVERY:
                told_at = time.monotonic()
                progress(f"Maven: {files_fetched} files so far")


def _maven_complaint(log: Path, code: int, missing: str | None) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    errors = [line.removeprefix("[ERROR]").strip() for line in lines if line.startswith("[ERROR]")]
    said = next(filter(None, errors), f"{missing} is missing")
    if len(said) > 300:
        said = said[:300] + "…"
    return (
        f"Maven could not fetch OpenSearch (exit code {code}): {said} — check the network and "
        f"Maven's settings.xml, or start with --engine osmem (log: {log})"
    )


def _unpack_plugin(plugin: Path, folder: Path, jars: list[Path]) -> list[Path]:
    """Unpack those of the plugin's jars that the engine does not have already."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    present = {artifact_of(jar.name) for jar in jars} | _UNWANTED_ARTIFACTS
    with zipfile.ZipFile(plugin) as archive:
        wanted = [
            name
            for name in archive.namelist()
            if name.endswith(".jar") and "/" not in name and artifact_of(name) not in present
        ]
        archive.extractall(folder, wanted)
    return [folder / name for name in sorted(wanted)]


def artifact_of(file_name: str) -> str:
    """Return the artifact's name without version: ``asm`` for ``asm-9.9.jar``."""
    match = _ARTIFACT.fullmatch(file_name)
    return match.group(1) if match else file_name


async def _compile(folder: Path, jdk: Jdk, class_path: list[Path]) -> Path:
    sources = [folder / "project" / name for name in _SOURCES]
    for source in sources:
        source.write_bytes(_resource(source.name))
    classes = folder / "classes"
    shutil.rmtree(classes, ignore_errors=True)
    classes.mkdir()
    command = [
        str(jdk.javac),
        *(f"-J{flag}" for flag in _JVM_FLAGS),
        f"-J-Djava.io.tmpdir={folder / 'tmp'}",
        "-proc:none",
        "-nowarn",
        *("--release", "21"),
        *("-d", str(classes)),
        *("-cp", os.pathsep.join(map(str, class_path))),
        *map(str, sources),
    ]
    async with _running(command, os.environ, folder) as process:
        output, _ = await process.communicate()
    if process.returncode != 0:
        said = " ".join(output.decode(errors="replace").split())[:300]
        raise EngineError(
            f"{jdk.javac} could not compile the node: {said} — set JAVA_HOME to a JDK "
            f"between 21 and 25"
        )
    return _packed(classes, folder / "node.jar")


def _packed(classes: Path, jar: Path) -> Path:
    """Pack the classes: class data sharing takes no folders on the class path."""
    with zipfile.ZipFile(jar, "w") as archive:
        for file in sorted(classes.iterdir()):
            archive.write(file, file.name)
    return jar


def _write_marker(folder: Path, class_path: list[Path]) -> None:
    names = [str(path.relative_to(folder)) for path in class_path]
    entries = list(zip(names, _digests(class_path), strict=True))
    unfinished = folder / "assembled.json.unfinished"
    unfinished.write_text(
        json.dumps({"recipe": _recipe(), "class_path": entries}), encoding="utf-8"
    )
    unfinished.replace(_marker(folder))


def _marker(folder: Path) -> Path:
    return folder / "assembled.json"


def _recipe() -> str:
    """Return a digest of what decides how the assembly looks."""
    digest = hashlib.sha256()
    for name in ("artifacts.txt", _PINS, *_SOURCES):
        digest.update(_resource(name))
    return digest.hexdigest()


def _resource(name: str) -> bytes:
    return files(__package__).joinpath("assembly").joinpath(name).read_bytes()
