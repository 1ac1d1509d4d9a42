"""S3's two ways to name a bucket, brought to the one that everything behind understands."""

from __future__ import annotations

from dataclasses import replace

from firehose_logging.local.gateway.request import Request
from firehose_logging.local.iam.parameters import path_style


def with_bucket_in_path(request: Request) -> Request:
    """Return a request to S3 in path style, whose bucket may have stood in its host name.

    To be called once the signature is verified, which covers path and host as they were sent.
    """
    host = request.headers.get("host", "")
    path = path_style(host, request.path)
    if request.service != "s3" or path == request.path:
        return request
    bucket = path[1 : len(path) - len(request.path)]
    plain = host.removeprefix(f"{bucket}.")
    return replace(
        request,
        path=path,
        headers={**request.headers, "host": plain},
        raw_headers=tuple(
            (name, plain if name == "host" else value) for name, value in request.raw_headers
        ),
    )
