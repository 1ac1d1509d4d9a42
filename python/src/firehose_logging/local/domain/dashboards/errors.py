"""Dashboards' errors: ``{"statusCode": …, "error": …, "message": …}``."""

from __future__ import annotations

from http import HTTPStatus

from firehose_logging.local.api import ApiAnswer
from firehose_logging.local.domain import answers


class DashboardsError(Exception):
    """A refusal in Dashboards' own shape."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def answer(self) -> ApiAnswer:
        """Return it as it goes over the wire."""
        return answers.as_json(
            self.status,
            {
                "statusCode": self.status,
                "error": HTTPStatus(self.status).phrase,
                "message": self.message,
            },
        )


def not_found(kind: str, identifier: str) -> DashboardsError:
    """Return the error for an object that is not there."""
    return DashboardsError(404, f"Saved object [{kind}/{identifier}] not found")


def conflict(kind: str, identifier: str) -> DashboardsError:
    """Return the error for an object that is there already, or was changed meanwhile."""
    return DashboardsError(409, f"Saved object [{kind}/{identifier}] conflict")
