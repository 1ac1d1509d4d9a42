"""Compose the local stack: start its parts in order, and stop them in the opposite one."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from firehose_logging.local.clock import RealClock
from firehose_logging.local.domain.authority import Authority
from firehose_logging.local.domain.endpoint import DomainEndpoints
from firehose_logging.local.engines.choice import choose
from firehose_logging.local.fault_actions import fault_actions
from firehose_logging.local.firehose import Firehose
from firehose_logging.local.firehose.aws_access import AwsAccess, ServiceCredentials
from firehose_logging.local.gateway.administrator import create_administrator
from firehose_logging.local.gateway.app import Gateway
from firehose_logging.local.gateway.authentication import Authentication
from firehose_logging.local.gateway.authorization.authorization import Authorization
from firehose_logging.local.gateway.control import Control
from firehose_logging.local.gateway.credentials import KeyRing
from firehose_logging.local.gateway.cures.lambda_invoke import LambdaInvoke
from firehose_logging.local.gateway.cures.lambda_logging import LambdaLoggingConfig
from firehose_logging.local.gateway.cures.opensearch_domains import OpenSearchDomains
from firehose_logging.local.gateway.domain_records import settings_of
from firehose_logging.local.gateway.functions.code import CodeStore
from firehose_logging.local.gateway.functions.functions import Functions, Surroundings
from firehose_logging.local.gateway.functions.role import FunctionRoles
from firehose_logging.local.gateway.moto_backend import MotoBackend
from firehose_logging.local.gateway.moto_settings import ACCOUNT_ID
from firehose_logging.local.gateway.server import HttpServer, bind
from firehose_logging.local.gateway.service_clients import ServiceClients
from firehose_logging.local.home import Home, HomeClaim, StackState
from firehose_logging.local.supervision import Supervision, engine_actions

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 4566
DEFAULT_REGION = "eu-west-1"

Report = Callable[[str], None]


@dataclass(frozen=True)
class StackOptions:
    """How a stack is to run.

    Attributes:
        home: the state folder.
        port: of every AWS API; 0 for a free one.
        engine: ``auto``, ``opensearch``, ``osmem`` or the URL of one that runs.
        host: the address to listen on.
        region: the Region that ``local env`` names.
        speed: how many seconds pass in the stack while one passes outside.
        data_dir: where delivery streams and acknowledged records outlive the process.
    """

    home: Home
    port: int = DEFAULT_PORT
    engine: str = "auto"
    host: str = LOOPBACK
    region: str = DEFAULT_REGION
    speed: float = 1.0
    data_dir: Path | None = None


class Stack:
    """A local AWS in this process: gateway, Firehose, domain endpoints, engine."""

    def __init__(self, options: StackOptions, claim: HomeClaim, report: Report) -> None:
        self._options = options
        self._claim = claim
        self._report = report
        self._parts = AsyncExitStack()

    async def start(self) -> StackState:
        """Return once every part answers; what runs is then in the state folder, too.

        Raises:
            PortError: the port can't be listened on.
            EngineError: the engine can't run.
            StoreError: the data folder can't be used.
        """
        options = self._options
        claim = self._claim
        self._parts.callback(claim.withdraw_state)
        listener = bind(options.host, options.port)
        self._parts.callback(listener.close)
        port: int = listener.getsockname()[1]
        endpoint_url = f"http://{options.host}:{port}"

        chosen = choose(options.engine, options.home.path, self._report)
        engine = Supervision(chosen)
        moto = MotoBackend()
        self._parts.push_async_callback(engine.stop)
        self._parts.push_async_callback(moto.stop)
        await asyncio.gather(engine.start(), moto.start())
        administrator = create_administrator()
        authority = Authority(options.home.path / "ca", time.time())

        def publish() -> StackState:
            state = StackState(
                pid=os.getpid(),
                port=port,
                endpoint_url=endpoint_url,
                region=options.region,
                access_key_id=administrator.access_key_id,
                secret_access_key=administrator.secret_access_key,
                ca_bundle=str(authority.bundle),
                engine=asdict(engine.info),
                engine_pid=engine.pid,
            )
            claim.write_state(state)
            return state

        keys = KeyRing()
        authentication = Authentication(keys, time.time)
        authorization = Authorization(time.time)
        endpoints = DomainEndpoints(
            chosen,
            authority,
            settings_of,
            authenticate=authentication.signer_of,
            authorize=authorization.decide_for_domain,
        )
        self._parts.push_async_callback(endpoints.stop)
        firehose_key = ServiceCredentials(*keys.issue_for_service("firehose.amazonaws.com"))
        firehose = Firehose(
            RealClock(options.speed),
            AwsAccess(endpoint_url, str(authority.bundle), firehose_key, ACCOUNT_ID),
            ACCOUNT_ID,
            data_dir=options.data_dir,
        )
        clients = ServiceClients(endpoint_url)
        self._parts.push_async_callback(clients.stop)
        logging_config = LambdaLoggingConfig()
        functions_home = options.home.path / "functions"
        functions = Functions(
            CodeStore(functions_home),
            FunctionRoles(clients, keys.issue_for_service("lambda.amazonaws.com")),
            Surroundings(endpoint_url, str(authority.bundle), functions_home / "tmp"),
            logging_config.log_group_of,
        )
        self._parts.push_async_callback(functions.stop)
        gateway = Gateway(
            authentication=authentication,
            authorization=authorization,
            services={"firehose": firehose},
            cures=(OpenSearchDomains(endpoints), logging_config, LambdaInvoke(functions)),
            moto=moto,
            control=Control(engine_actions(engine) | fault_actions(firehose.faults)),
        )
        server = HttpServer(gateway, listener)
        self._parts.push_async_callback(server.stop)
        await server.start()
        self._parts.push_async_callback(firehose.stop)
        await firehose.start()
        engine.on_change = publish
        return publish()

    async def stop(self) -> None:
        """Stop what was started, also after a start that failed or was cancelled half-way."""
        await self._parts.aclose()
