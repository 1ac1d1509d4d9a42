"""What ``terraform output -json`` says of a deployment, on AWS or on the local stack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class OutputsError(ValueError):
    """Say which output is missing or of the wrong shape."""


@dataclass(frozen=True)
class Deployment:
    """The names that the verification needs.

    Attributes:
        stream_name: the delivery stream's name.
        stream_arn: its ARN.
        domain_endpoint: host, or ``host:port``, without a scheme.
        domain_name: the OpenSearch domain's name.
        backup_bucket: the bucket of what the domain refused.
        index_pattern: for example ``logging-test-*``.
        python_logging_config: a document for ``logging.config.dictConfig``.
    """

    stream_name: str
    stream_arn: str
    domain_endpoint: str
    domain_name: str
    backup_bucket: str
    index_pattern: str
    python_logging_config: Mapping[str, Any]

    @property
    def region(self) -> str:
        """The Region of the stream, from its ARN."""
        return self.stream_arn.split(":")[3]

    @property
    def index_prefix(self) -> str:
        """The index name without its rotation: ``logging-test`` of ``logging-test-*``."""
        return self.index_pattern.removesuffix("-*").removesuffix("*")

    @classmethod
    def from_outputs(cls, outputs: Mapping[str, Any]) -> Deployment:
        """Read the document that ``terraform output -json`` prints.

        Raises:
            OutputsError: an output is missing; the message names it.
        """
        config = _value(outputs, "python_logging_config")
        return cls(
            stream_name=_text(outputs, "delivery_stream", "name"),
            stream_arn=_text(outputs, "delivery_stream", "arn"),
            domain_endpoint=_text(outputs, "domain", "endpoint"),
            domain_name=_text(outputs, "domain", "name"),
            backup_bucket=_text(outputs, "backup_bucket", "name"),
            index_pattern=str(_value(outputs, "index_pattern")),
            python_logging_config=json.loads(config) if isinstance(config, str) else config,
        )

    @classmethod
    def from_file(cls, path: Path) -> Deployment:
        """Read a file written by ``terraform output -json > FILE``.

        Raises:
            OutputsError: the file can't be read, is no JSON, or lacks an output.
        """
        try:
            outputs = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise OutputsError(
                f"{path} can't be read as outputs: {error}; "
                f"write it with `terraform output -json > {path}`"
            ) from error
        if not isinstance(outputs, dict):
            raise OutputsError(f"{path} holds no JSON object; write it with terraform output -json")
        return cls.from_outputs(outputs)


def _value(outputs: Mapping[str, Any], name: str) -> Any:
    output = outputs.get(name)
    if not isinstance(output, Mapping) or output.get("value") is None:
        raise OutputsError(
            f"output {name!r} is missing; the root module has it: pass its outputs on, "
            f'for example `output "{name}" {{ value = module.logging.{name} }}`'
        )
    return output["value"]


def _text(outputs: Mapping[str, Any], name: str, key: str) -> str:
    value = _value(outputs, name)
    text = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(text, str) or not text:
        raise OutputsError(f"output {name!r} has no {key!r}; was the whole module applied?")
    return text
