"""Call a domain: signed by botocore, waited for while it settles."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, HTTPClientError, SSLError
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.httpsession import URLLib3Session
from botocore.session import Session

from firehose_logging.domain_setup.answer import Answer, Call, ConnectionFailure
from firehose_logging.domain_setup.settling import Patience, worth_waiting

Send = Callable[[Call], Answer]

TIMEOUT_SECONDS = 30


class CredentialsError(Exception):
    """Say that nothing can sign, and what to set."""


class WouldWriteError(Exception):
    """Say which call would have changed a domain that is only looked at."""


class Domain:
    """A domain, as one that calls it and waits for it sees it."""

    def __init__(self, send: Send, patience: Patience) -> None:
        self._send = send
        self.patience = patience

    def call(
        self,
        method: str,
        path: str,
        document: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the domain's answer, once it is more than a sign of settling.

        Raises:
            ConnectionFailure: no answer came, for as long as the patience lasts.
        """
        call = Call(method, path, query or {}, document, headers or {})
        began = self.patience.now()
        attempt = 0
        while True:
            attempt += 1
            outcome = self._outcome(call)
            worth = worth_waiting(outcome, self.patience.settle_seconds)
            if not worth or not self.patience.wait(attempt, began, worth):
                break
        if isinstance(outcome, ConnectionFailure):
            raise outcome
        return outcome

    def _outcome(self, call: Call) -> Answer | ConnectionFailure:
        try:
            return self._send(call)
        except ConnectionFailure as failure:
            return failure


class ReadOnlyDomain(Domain):
    """A domain that is looked at: no call but GET leaves for it, and none after the deadline."""

    def call(
        self,
        method: str,
        path: str,
        document: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the domain's answer to a GET.

        Raises:
            WouldWriteError: the method is another one.
            ConnectionFailure: no answer came, or the time for looking is over.
        """
        if method != "GET":
            raise WouldWriteError(f"{method} {path}")
        if self.patience.now() > self.patience.deadline:
            reason = "the calls before it took all the time there is for looking"
            raise ConnectionFailure(Call(method, path), reason, may_pass=True)
        return super().call(method, path, document, query=query, headers=headers)


class SignedSender:
    """Send single calls, signed for the service ``es`` with the caller's own credentials."""

    def __init__(
        self,
        endpoint: str,
        region: str,
        session: Session | None = None,
        timeout: int = TIMEOUT_SECONDS,
    ) -> None:
        """Find credentials and CA bundle as botocore does.

        Args:
            endpoint: the domain's host, ``host:port``, or URL.
            region: the domain's Region, for the signature.
            session: where credentials and CA bundle are found.
            timeout: seconds to wait for a connection, and for an answer.

        Raises:
            CredentialsError: there are none.
        """
        session = session or Session()
        credentials = session.get_credentials()
        if credentials is None:
            raise CredentialsError(
                "no AWS credentials found; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, of a caller who is the domain's master"
            )
        self._credentials = credentials
        self._region = region
        self._base = endpoint if "://" in endpoint else f"https://{endpoint}"
        self._http = URLLib3Session(
            verify=session.get_config_variable("ca_bundle") or True,
            timeout=timeout,
        )

    def __call__(self, call: Call) -> Answer:
        """Return the answer to one attempt.

        Raises:
            ConnectionFailure: none came.
            CredentialsError: the credentials could not be refreshed.
        """
        request = encoded(self._base, call)
        try:
            SigV4Auth(self._credentials.get_frozen_credentials(), "es", self._region).add_auth(
                request
            )
        except BotoCoreError as error:
            raise CredentialsError(f"the AWS credentials can't be used: {error}") from error
        try:
            response = self._http.send(request.prepare())
        except SSLError as error:
            raise ConnectionFailure(call, f"{error}; set AWS_CA_BUNDLE", may_pass=False) from error
        except (BotoConnectionError, HTTPClientError) as error:
            raise ConnectionFailure(call, str(error), may_pass=True) from error
        return Answer(call, response.status_code, response.content)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def encoded(base: str, call: Call) -> AWSRequest:
    """Return a call as botocore sends and signs it.

    Names are escaped in the path, but for ``*`` and ``,``: domains want those as they are, and
    botocore escapes them in what it signs.
    """
    query = f"?{urlencode(call.query, quote_via=quote)}" if call.query else ""
    body = b"" if call.document is None else json.dumps(call.document).encode()
    headers = dict(call.headers)
    if body:
        headers["content-type"] = "application/json"
    return AWSRequest(
        method=call.method,
        url=f"{base}{quote(call.path, safe='/*,~')}{query}",
        data=body,
        headers=headers,
    )
