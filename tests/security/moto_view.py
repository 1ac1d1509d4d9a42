"""What moto would do with a request, told without doing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from werkzeug.test import run_wsgi_app

from firehose_logging.local.gateway.moto_backend import wsgi_environ
from firehose_logging.local.gateway.moto_bodies import create_backend_app
from firehose_logging.local.gateway.moto_dispatch import (
    application_for,
    take_region_from_signature,
)
from firehose_logging.local.gateway.request import Request

# Of moto's S3, all else that can be called from outside does what it is named for.
_HELPERS_OF_S3 = frozenset(
    {
        *("setup_class", "get_safe_path", "subdomain_based_buckets", "is_delete_keys"),
        *("parse_bucket_name_from_url", "parse_key_name", "ambiguous_dispatch"),
        *("bucket_dispatch", "key_dispatch", "ambiguous_response", "bucket_response"),
        *("key_response", "is_access_point", "backend", "should_autoescape"),
    }
)


@dataclass
class Done:
    """What moto was about to do.

    Attributes:
        service: of moto's handler.
        operation: as moto names it.
        region: where.
        path: as moto reads resources from it.
        parameters: those that were asked for, as moto's operations ask for them.
        bucket: of S3.
        key: of S3.
    """

    service: str
    operation: str
    region: str
    path: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    bucket: str | None = None
    key: str | None = None


class MotoView:
    """Moto, stopped short of its operations.

    Args:
        watched: names of parameters to be told.
    """

    def __init__(self, watched: tuple[str, ...]) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication

        self._watched = watched
        self._dispatcher = DomainDispatcherApplication(create_backend_app)
        take_region_from_signature()

    def of(self, request: Request) -> Done | None:
        """Return what moto is about to do; ``None`` where that is nothing at all."""
        environ = wsgi_environ(request)
        application = application_for(self._dispatcher, environ)
        if application is None:
            return None
        # What fails in moto before it does anything does nothing.
        with self._stopped() as done, suppress(Exception):
            run_wsgi_app(application, environ, buffered=True)
        return done[0] if done else None

    @contextmanager
    def _stopped(self) -> Iterator[list[Done]]:
        from moto.core.responses import BaseResponse
        from moto.s3.responses import S3Response

        done: list[Done] = []

        def call_action(handler: Any) -> Any:
            operation = handler._get_action()
            told = Done(handler.service_name, operation, handler.region, handler.path)
            done.append(told)
            told.parameters = {name: handler._get_param(name) for name in self._watched}
            return 200, {}, ""

        def of_s3(name: str) -> Any:
            def operation(handler: Any, *_: Any, **__: Any) -> Any:
                told = Done("s3", name, handler.region, handler.path)
                told.bucket, told.key = handler.bucket_name, handler.parse_key_name()
                told.parameters = {"body": handler.body}
                done.append(told)
                return 200, {}, ""

            return operation

        operations = {
            name: of_s3(name)
            for name, value in vars(S3Response).items()
            if callable(value) and not name.startswith("_") and name not in _HELPERS_OF_S3
        }
        with (
            patch.object(BaseResponse, "call_action", call_action),
            patch.multiple(S3Response, **operations),
        ):
            yield done
