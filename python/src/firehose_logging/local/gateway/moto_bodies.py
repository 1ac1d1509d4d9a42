"""Keep moto from taking what is to be stored for a form."""

from __future__ import annotations

from typing import Any


def create_backend_app(service: Any) -> Any:
    """Return moto's application for a service; that of S3 reads forms only where S3 does.

    An object may be sent with the type of a form, as ``curl --data`` does; parsed as one, nothing
    of it would be left to store. S3 User Guide, "Browser-based uploads using POST".
    """
    from moto.moto_server import werkzeug_app

    # moto's own request is not seen by the type checker.
    base: Any = werkzeug_app.BackendRequest

    class ObjectRequest(base):  # type: ignore[misc]
        @property
        def want_form_data_parsed(self) -> bool:
            return bool(self.method == "POST" and self.mimetype == "multipart/form-data")

    application: Any = werkzeug_app.create_backend_app(service)
    if service == "s3":
        application.request_class = ObjectRequest
    return application
