"""Who calls a domain, whether its access policy lets them in, and as whom the engine sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from firehose_logging.local.api import ApiAnswer, ApiError, Principal
from firehose_logging.local.domain import answers
from firehose_logging.local.domain.settings import DomainSettings
from firehose_logging.local.engines.base import Engine
from firehose_logging.local.iam.catalog.search import domain_http
from firehose_logging.local.iam.context import ANONYMOUS
from firehose_logging.local.iam.evaluate import Decision
from firehose_logging.local.iam.sigv4 import SignedRequest

Authenticate = Callable[[SignedRequest], Principal]
"""Return who signed the request, ``ANONYMOUS`` for nobody; raise ``ApiError`` otherwise."""


@dataclass(frozen=True)
class DomainCall:
    """A call to a domain's endpoint, as it came over the wire.

    Attributes:
        source_ip: the caller's address.
    """

    request: SignedRequest
    source_ip: str

    @property
    def path(self) -> str:
        """Raw path without the query."""
        return self.request.path

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.request.method

    def header(self, name: str) -> str | None:
        """Return the first value of a header, by its name in lower case."""
        values = (value for key, value in self.request.headers if key.lower() == name)
        return next(values, None)

    @property
    def names_internal_user(self) -> bool:
        """Whether it carries a name and password for the engine's own user database."""
        return (self.header("authorization") or "").lower().startswith("basic ")


Authorize = Callable[[Principal, str, str, DomainCall], Decision]
"""Take caller, action, resource ARN with the path, and the call; return the decision."""


class RefusalError(Exception):
    """The call ends here, with this answer."""

    def __init__(self, answer: ApiAnswer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Admission:
    """Let callers in as Amazon's endpoint does: signature, access policy, then their roles.

    Args:
        engine: what the headers are for.
        authenticate: who calls.
        authorize: whether the access policy and the caller's own allow it.
    """

    def __init__(self, engine: Engine, authenticate: Authenticate, authorize: Authorize) -> None:
        self._engine = engine
        self._authenticate = authenticate
        self._authorize = authorize

    def admit(self, settings: DomainSettings, call: DomainCall) -> Mapping[str, str]:
        """Return the headers that name the caller to the engine, in place of their own.

        Raises:
            RefusalError: the signature does not hold, no policy allows the call, or its path
                is one to policies and another to the engine.
        """
        principal = self._principal_of(settings, call)
        self._check_policies(settings, call, principal)
        _refuse_two_paths(call.path)
        if not settings.fine_grained:
            return self._engine.headers_as_administrator()
        if principal == ANONYMOUS:
            # A name and password go on to the engine; without them, it answers 401 itself.
            given = call.header("authorization")
            nobody = self._engine.headers_as_nobody()
            return {**nobody, "authorization": given} if given else nobody
        return self._engine.headers_as((principal.role_arn or principal.arn,))

    def _principal_of(self, settings: DomainSettings, call: DomainCall) -> Principal:
        if settings.fine_grained and call.names_internal_user:
            return ANONYMOUS
        try:
            return self._authenticate(call.request)
        except ApiError as error:
            raise RefusalError(answers.unauthenticated(error)) from None

    def _check_policies(
        self, settings: DomainSettings, call: DomainCall, principal: Principal
    ) -> None:
        need = domain_http(call.method, settings.arn, call.path)
        decision = self._authorize(principal, need.action, need.resource or settings.arn, call)
        if not decision.allowed:
            raise RefusalError(answers.refused(403, decision.reason))


def _refuse_two_paths(path: str) -> None:
    """Return if policies and the engine, which resolves nothing, see the same path.

    Raises:
        RefusalError: there is a dot segment in it, or an empty one.
    """
    segments = unquote(path).removeprefix("/").removesuffix("/").split("/")
    if not {".", ".."}.isdisjoint(segments) or "" in segments[1:] or "//" in path:
        raise RefusalError(answers.refused(400, f"The path {path} can be read in two ways."))
