"""Compose the local stack: start its parts in order, and stop them in the opposite one."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from firehose_logging.local import data_folder
from firehose_logging.local.bodies import Bodies
from firehose_logging.local.clock import Clock, RealClock
from firehose_logging.local.domain.authority import Authority
from firehose_logging.local.domain.endpoint import DomainEndpoints
from firehose_logging.local.engines.base import Engine
from firehose_logging.local.engines.choice import choose
from firehose_logging.local.fault_actions import fault_actions
from firehose_logging.local.firehose import UNLIMITED, Firehose
from firehose_logging.local.firehose.aws_access import AwsAccess, ServiceCredentials
from firehose_logging.local.gateway.administrator import create_administrator
from firehose_logging.local.gateway.app import Gateway
from firehose_logging.local.gateway.authentication import Authentication
from firehose_logging.local.gateway.authorization.authorization import Authorization
from firehose_logging.local.gateway.control import Control
from firehose_logging.local.gateway.credentials import KeyRing
from firehose_logging.local.gateway.cures.kms_key_ids import KmsKeyIds
from firehose_logging.local.gateway.cures.lambda_invoke import LambdaInvoke
from firehose_logging.local.gateway.cures.lambda_logging import LambdaLoggingConfig
from firehose_logging.local.gateway.cures.opensearch_domains import OpenSearchDomains
from firehose_logging.local.gateway.cures.s3_keys import S3Keys
from firehose_logging.local.gateway.cures.s3_unsupported import S3Unsupported
from firehose_logging.local.gateway.cures.security_group_rules import SecurityGroupRules
from firehose_logging.local.gateway.cures.session_policies import SessionPolicies
from firehose_logging.local.gateway.domain_records import settings_of
from firehose_logging.local.gateway.functions.code import CodeStore
from firehose_logging.local.gateway.functions.functions import Functions, Surroundings
from firehose_logging.local.gateway.functions.role import FunctionRoles
from firehose_logging.local.gateway.moto_backend import MotoBackend
from firehose_logging.local.gateway.moto_settings import ACCOUNT_ID
from firehose_logging.local.gateway.moto_store import MotoStore
from firehose_logging.local.gateway.server import HttpServer, bind
from firehose_logging.local.gateway.service_clients import ServiceClients
from firehose_logging.local.home import Home, HomeClaim, StackState
from firehose_logging.local.stream_actions import stream_actions
from firehose_logging.local.supervision import Supervision, engine_actions

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 4566
DEFAULT_REGION = "eu-west-1"
_SCRATCH = Path("/tmp")  # noqa: S108 - Lambda's: functions name it

Report = Callable[[str], None]


@dataclass(frozen=True)
class StackOptions:
    """How a stack is to run.

    Attributes:
        home: the state folder.
        port: of every AWS API; 0 for a free one.
        engine: ``auto``, ``opensearch``, ``osmem`` or the URL of one that runs.
        host: the address to listen on; domains' endpoints stay on loopback.
        region: the Region that ``local env`` names.
        speed: how many seconds pass in the stack while one passes outside.
        data_dir: where everything is kept that shall outlive the process.
        quotas: whether streams are held to AWS's default quotas.
    """

    home: Home
    port: int = DEFAULT_PORT
    engine: str = "auto"
    host: str = LOOPBACK
    region: str = DEFAULT_REGION
    speed: float = 1.0
    data_dir: Path | None = None
    quotas: bool = True


@dataclass(frozen=True)
class _Ground:
    """What the parts stand on."""

    endpoint_url: str
    authority: Authority
    keys: KeyRing
    authentication: Authentication
    authorization: Authorization
    clock: Clock
    home: Path

    @property
    def ca_bundle(self) -> str:
        return str(self.authority.bundle)


class Stack:
    """A local AWS in this process: gateway, Firehose, domain endpoints, engine.

    Args:
        options: how it is to run.
        claim: this process's hold on the state folder.
        report: is told what takes long.
    """

    def __init__(self, options: StackOptions, claim: HomeClaim, report: Report) -> None:
        self._options = options
        self._claim = claim
        self._report = report
        self._parts = AsyncExitStack()
        self._bodies = Bodies()
        self._streams: Firehose | None = None

    async def start(self) -> StackState:
        """Return once every part answers; what runs is then in the state folder, too.

        Raises:
            DataFolderError: ``data_dir`` can't be used, or another stack uses it.
            PortError: the port can't be listened on.
            EngineError: the engine can't run.
            KeptStateError: what ``data_dir`` holds can't be used.
            StoreError: the streams in it can't.
        """
        options, parts = self._options, self._parts
        parts.callback(self._claim.withdraw_state)
        if options.data_dir is not None:
            parts.callback(data_folder.claim(options.data_dir, options.home.path).release)
        listener = bind(options.host, options.port)
        parts.callback(listener.close)
        port: int = listener.getsockname()[1]
        home = options.home.path
        keys = KeyRing()
        ground = _Ground(
            endpoint_url=_url(options.host, port),
            authority=Authority(home / "ca", time.time()),
            keys=keys,
            authentication=Authentication(keys, time.time),
            authorization=Authorization(time.time, self._customer_key),
            clock=RealClock(options.speed),
            home=home,
        )

        store = None if options.data_dir is None else MotoStore(options.data_dir)
        chosen = choose(options.engine, home, self._report, data_dir=options.data_dir)
        engine, moto = Supervision(chosen), MotoBackend(store)
        parts.push_async_callback(engine.stop)
        parts.push_async_callback(moto.stop)
        await asyncio.gather(engine.start(), moto.start())
        administrator = create_administrator()

        firehose = self._streams = self._firehose(ground)
        actions = engine_actions(engine) | fault_actions(firehose.faults)
        actions |= stream_actions(firehose)
        domains = OpenSearchDomains(self._endpoints(ground, chosen), moto.memory)
        gateway = self._gateway(ground, firehose, moto, domains, Control(actions))
        await domains.reopen()
        server = HttpServer(gateway, listener)
        parts.push_async_callback(server.stop)
        parts.push_async_callback(firehose.stop)
        # Whoever has connected waits until now; nobody is told that a stream is not there that is.
        await firehose.start()
        await server.start()

        def publish() -> StackState:
            state = StackState(
                pid=os.getpid(),
                port=port,
                endpoint_url=ground.endpoint_url,
                region=options.region,
                access_key_id=administrator.access_key_id,
                secret_access_key=administrator.secret_access_key,
                ca_bundle=ground.ca_bundle,
                engine=asdict(engine.info),
                engine_pid=engine.pid,
            )
            self._claim.write_state(state)
            return state

        engine.on_change = publish
        return publish()

    async def stop(self) -> None:
        """Stop what was started, also after a start that failed or was cancelled half-way."""
        await self._parts.aclose()

    def _customer_key(self, region: str, stream: str) -> str | None:
        return None if self._streams is None else self._streams.customer_key(region, stream)

    def _firehose(self, ground: _Ground) -> Firehose:
        key = ServiceCredentials(*ground.keys.issue_for_service("firehose.amazonaws.com"))
        aws = AwsAccess(ground.endpoint_url, ground.ca_bundle, key, ACCOUNT_ID)
        folder = self._options.data_dir
        return Firehose(
            ground.clock,
            aws,
            ACCOUNT_ID,
            quotas=None if self._options.quotas else UNLIMITED,
            data_dir=None if folder is None else folder / "firehose",
        )

    def _gateway(
        self,
        ground: _Ground,
        firehose: Firehose,
        moto: MotoBackend,
        domains: OpenSearchDomains,
        control: Control,
    ) -> Gateway:
        logging_config = LambdaLoggingConfig(moto.memory)
        functions = self._functions(ground, logging_config)
        return Gateway(
            authentication=ground.authentication,
            authorization=ground.authorization,
            services={"firehose": firehose},
            cures=(
                domains,
                logging_config,
                LambdaInvoke(functions),
                S3Unsupported(),
                S3Keys(),
                KmsKeyIds(),
                SecurityGroupRules(),
                SessionPolicies(),
            ),
            moto=moto,
            control=control,
            bodies=self._bodies,
        )

    def _endpoints(self, ground: _Ground, engine: Engine) -> DomainEndpoints:
        endpoints = DomainEndpoints(
            engine,
            ground.authority,
            settings_of,
            authenticate=ground.authentication.signer_of,
            authorize=ground.authorization.decide_for_domain,
            clock=ground.clock,
            bodies=self._bodies,
        )
        self._parts.push_async_callback(endpoints.stop)
        return endpoints

    def _functions(self, ground: _Ground, logging_config: LambdaLoggingConfig) -> Functions:
        clients = ServiceClients(ground.endpoint_url)
        self._parts.push_async_callback(clients.stop)
        folder = ground.home / "functions"
        functions = Functions(
            CodeStore(folder),
            FunctionRoles(clients, ground.keys),
            Surroundings(
                ground.endpoint_url, ground.ca_bundle, folder / "tmp", self._shared_scratch()
            ),
            logging_config.log_group_of,
        )
        self._parts.push_async_callback(functions.stop)
        return functions

    def _shared_scratch(self) -> tuple[Path, ...]:
        """Return Lambda's own scratch folder, unless the stack's files lie in it."""
        ours = [self._options.home.path, self._options.data_dir]
        if any(path is not None and path.resolve().is_relative_to(_SCRATCH) for path in ours):
            return ()
        return (_SCRATCH,)


def _url(host: str, port: int) -> str:
    """Return how this machine's clients reach what listens on an address."""
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        address = ipaddress.ip_address(LOOPBACK if address.version == 4 else "::1")
    return f"http://[{address}]:{port}" if address.version == 6 else f"http://{address}:{port}"
