"""Drive Terraform or OpenTofu through python-terraform; nothing is left behind."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from python_terraform import IsFlagged, IsNotFlagged, Terraform

from firehose_logging.verify.binary import (
    Binary,
    TerraformError,
    command_environment,
    find_terraform,
)
from firehose_logging.verify.providers import MirrorError, find_mirrors

PLAN_WITHOUT_CHANGES = 0
PLAN_WITH_CHANGES = 2

Progress = Callable[[str], None]


class Workspace:
    """A Terraform configuration with its state and data in a scratch folder of its own."""

    def __init__(
        self,
        configuration: Path,
        scratch: Path,
        *,
        environment: Mapping[str, str] | None = None,
        variables: Mapping[str, Any] | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Prepare to run in ``configuration``; nothing is run yet.

        Args:
            configuration: the folder with the ``.tf`` files.
            scratch: where state, data and CLI configuration go; made if it is not there.
            environment: added to the process's own, for example AWS_ENDPOINT_URL.
            variables: Terraform input variables.
            progress: called with each line that Terraform prints.

        Raises:
            TerraformError: no usable Terraform or mirror.
        """
        scratch = scratch.absolute()
        scratch.mkdir(parents=True, exist_ok=True)
        self.binary = find_terraform()
        try:
            self.provider_source = _source_of(self.binary)
            own = command_environment(scratch)
        except MirrorError as error:
            raise TerraformError(str(error)) from error
        environment = {**own, **(environment or {})}
        environment["TF_DATA_DIR"] = str(scratch / "terraform-data")
        variables_file = scratch / "inputs.tfvars.json"
        variables_file.write_text(json.dumps(variables or {}), encoding="utf-8")
        self.state_file = scratch / "terraform.tfstate"
        self._terraform = _StreamingTerraform(
            environment=environment,
            progress=progress or (lambda _line: None),
            working_dir=str(configuration.absolute()),
            state=str(self.state_file),
            var_file=str(variables_file),
            terraform_bin_path=self.binary.path,
        )

    def init(self) -> None:
        """Run ``terraform init``."""
        self._run("init", self._terraform.init(state=None, reconfigure=IsNotFlagged))

    def abandon_init(self) -> None:
        """End an ``init`` that runs or begins in another thread; it writes nothing that matters."""
        self._terraform.abandon()

    def apply(self) -> None:
        """Run ``terraform apply`` without asking."""
        self._run("apply", self._terraform.apply(skip_plan=True))

    def plan(self) -> tuple[int, str]:
        """Return the exit code of ``plan -detailed-exitcode`` (0 no change, 2 changes) and text."""
        code, out, err = self._terraform.plan(detailed_exitcode=IsFlagged)
        if code not in (PLAN_WITHOUT_CHANGES, PLAN_WITH_CHANGES):
            raise TerraformError(f"{self.binary.command} plan failed", f"{out}{err}")
        return code, out

    def destroy(self) -> None:
        """Run ``terraform destroy`` without asking."""
        self._run("destroy", self._terraform.destroy(force=IsNotFlagged, auto_approve=IsFlagged))

    def outputs(self) -> dict[str, Any]:
        """Return what ``terraform output -json`` prints, as a document."""
        outputs = self._terraform.output(state=str(self.state_file))
        if outputs is None:
            raise TerraformError(
                f"{self.binary.command} output failed; was the configuration applied?"
            )
        return dict(outputs)

    def _run(self, command: str, result: tuple[int, str, str]) -> None:
        code, out, err = result
        if code != 0:
            raise TerraformError(
                f"{self.binary.command} {command} failed: {_first_error(err or out)}", out + err
            )


class _StreamingTerraform(Terraform):  # type: ignore[misc]  # python-terraform has no types
    """python-terraform, with an environment of its own and its output told line by line."""

    def __init__(self, environment: Mapping[str, str], progress: Progress, **kwargs: Any) -> None:
        self._environment = dict(environment)
        self._progress = progress
        self._lock = threading.Lock()
        self._running: subprocess.Popen[str] | None = None
        self._is_abandoned = False
        super().__init__(**kwargs)

    def abandon(self) -> None:
        """Kill what runs, and whatever is to run yet."""
        with self._lock:
            self._is_abandoned = True
            if self._running is not None:
                self._running.kill()

    def cmd(self, cmd: str, *args: Any, **kwargs: Any) -> tuple[int, str, str]:
        kwargs.pop("capture_output", None)
        # Always empty; python-terraform would leave a temporary file for it.
        kwargs.pop("var", None)
        if cmd in {"output", "show"}:
            kwargs.pop("var_file", None)
        process = self._start(self.generate_cmd_string(cmd, *args, **kwargs))
        lines = []
        with process:
            try:
                for line in process.stdout or ():
                    lines.append(line)
                    self._progress(line.rstrip())
            except KeyboardInterrupt:
                # Terraform got the same signal; it writes its state before it ends.
                process.wait()
                raise
        return process.returncode, "".join(lines), ""

    def _start(self, command: list[str]) -> subprocess.Popen[str]:
        # An interrupt may come while the process is being started.
        with self._lock:
            self._running = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=self.working_dir,
                env=self._environment,
                text=True,
            )
            if self._is_abandoned:
                self._running.kill()
            return self._running


def _source_of(binary: Binary) -> str:
    for mirror in find_mirrors():
        if binary.product.lower() in mirror.host:
            return f"mirror {mirror.folder} ({mirror.found})"
    return "the public registry"


def _first_error(text: str) -> str:
    match = re.search(r"Error: (.+?)(?:\n\s*│?\s*\n|\Z)", text, re.DOTALL)
    found = match[1] if match else text.strip().splitlines()[-1] if text.strip() else "no output"
    return " ".join(found.replace("│", " ").split())
