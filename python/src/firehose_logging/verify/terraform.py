"""Drive Terraform through python-terraform, with providers found and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from python_terraform import IsFlagged, IsNotFlagged, Terraform

from firehose_logging.verify.providers import MirrorError, cli_configuration_file, find_mirror

MINIMUM_VERSION = (1, 9)
PLAN_WITHOUT_CHANGES = 0
PLAN_WITH_CHANGES = 2

Progress = Callable[[str], None]


class TerraformError(Exception):
    """Say what Terraform could not do; ``output`` holds its own words."""

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message)
        self.output = output


def find_terraform() -> str:
    """Return the path of a Terraform that is new enough.

    Raises:
        TerraformError: none is on PATH, or it is older than 1.9.
    """
    path = shutil.which("terraform")
    wanted = ".".join(map(str, MINIMUM_VERSION))
    if path is None:
        raise TerraformError(
            f"Terraform is not on PATH; install {wanted} or later "
            "(https://developer.hashicorp.com/terraform/install)"
        )
    shown = subprocess.run(
        [path, "version", "-json"],
        capture_output=True,
        text=True,
        check=False,
        env=_quiet_environment(),
    )
    match = re.search(r'"terraform_version":\s*"(\d+)\.(\d+)', shown.stdout)
    if match is None:
        raise TerraformError(f"{path} does not tell its version", shown.stdout + shown.stderr)
    version = (int(match[1]), int(match[2]))
    if version < MINIMUM_VERSION:
        raise TerraformError(
            f"{path} is Terraform {match[1]}.{match[2]}; {wanted} or later is needed"
        )
    return path


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
        try:
            mirror = find_mirror()
            configuration_file = cli_configuration_file(scratch)
        except MirrorError as error:
            raise TerraformError(str(error)) from error
        self.provider_source = (
            f"mirror {mirror.folder} ({mirror.found})" if mirror else "the public registry"
        )
        environment = {**_quiet_environment(), **(environment or {})}
        environment["TF_DATA_DIR"] = str(scratch / "terraform-data")
        environment["TF_CLI_CONFIG_FILE"] = str(configuration_file)
        variables_file = scratch / "inputs.tfvars.json"
        variables_file.write_text(json.dumps(variables or {}), encoding="utf-8")
        self.state_file = scratch / "terraform.tfstate"
        self._terraform = _StreamingTerraform(
            environment=environment,
            progress=progress or (lambda _line: None),
            working_dir=str(configuration.absolute()),
            state=str(self.state_file),
            var_file=str(variables_file),
            terraform_bin_path=find_terraform(),
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
            raise TerraformError("terraform plan failed", f"{out}{err}")
        return code, out

    def destroy(self) -> None:
        """Run ``terraform destroy`` without asking."""
        self._run("destroy", self._terraform.destroy(force=IsNotFlagged, auto_approve=IsFlagged))

    def outputs(self) -> dict[str, Any]:
        """Return what ``terraform output -json`` prints, as a document."""
        outputs = self._terraform.output(state=str(self.state_file))
        if outputs is None:
            raise TerraformError("terraform output failed; was the configuration applied?")
        return dict(outputs)

    @staticmethod
    def _run(command: str, result: tuple[int, str, str]) -> None:
        code, out, err = result
        if code != 0:
            raise TerraformError(
                f"terraform {command} failed: {_first_error(err or out)}", out + err
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


def _quiet_environment() -> dict[str, str]:
    """Return the process's environment without what would make Terraform ask, phone or warn."""
    environment = dict(os.environ)
    configuration_file = environment.get("TF_CLI_CONFIG_FILE")
    if configuration_file and not Path(configuration_file).is_file():
        # Terraform itself only warns of it, in front of the JSON that is read here.
        del environment["TF_CLI_CONFIG_FILE"]
    environment["CHECKPOINT_DISABLE"] = "1"
    environment["TF_IN_AUTOMATION"] = "1"
    environment["TF_INPUT"] = "0"
    return environment


def _first_error(text: str) -> str:
    match = re.search(r"Error: (.+?)(?:\n\s*│?\s*\n|\Z)", text, re.DOTALL)
    found = match[1] if match else text.strip().splitlines()[-1] if text.strip() else "no output"
    return " ".join(found.replace("│", " ").split())
