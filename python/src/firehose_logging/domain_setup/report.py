"""What a run says of itself, step by step, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["created", "updated", "unchanged", "removed", "left_out"]


@dataclass(frozen=True)
class StepReport:
    """What one step did.

    Attributes:
        step: its name, for example ``index_template``.
        state: ``created``, ``updated`` or ``removed``: it wrote; ``unchanged``: it found all as it
            was to be; ``left_out``: it is not done, and ``detail`` says why.
        detail: what it was about, in a few words.
    """

    step: str
    state: State
    detail: str

    def as_document(self) -> dict[str, str]:
        """Return the report as a JSON object."""
        return {"step": self.step, "state": self.state, "detail": self.detail}


class SetupError(Exception):
    """Say in one sentence which step failed, what the domain answered, and what would mend it."""

    def __init__(self, step: str, answer: str, remedy: str) -> None:
        super().__init__(f"{step}: {answer}; {remedy}.")
        self.step = step


class CallError(SetupError):
    """Say that a call was refused or got no answer, so that nothing is known of the domain."""
