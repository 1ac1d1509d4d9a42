"""Attach policies to new indexes and carry them on, as far as the clock says."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import replace

from firehose_logging.local.clock import Clock
from firehose_logging.local.domain.ism.indexes import Index, Indexes, IndexRefusalError
from firehose_logging.local.domain.ism.machine import Act, Enter, Managed, Wait, next_step
from firehose_logging.local.domain.ism.policy import policy_for
from firehose_logging.local.domain.ism.store import IsmStore, Kept, StoreError
from firehose_logging.local.domain.proxy import EngineAwayError, EngineProxy

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 30.0
"""By the stack's clock. The plugin looks every five minutes (``job_interval``)."""

_SHORTEST_PAUSE = 0.2
_MOST_STEPS = 20
_TO_BE_TRIED_AGAIN = (EngineAwayError, StoreError, IndexRefusalError, ValueError, KeyError)


class IndexManager:
    """ISM's background job.

    Args:
        proxy: the way to the engine.
        clock: what ages are counted by.

    Attributes:
        lock: held by whoever reads where indexes stand and writes it again.
    """

    def __init__(self, proxy: EngineProxy, clock: Clock) -> None:
        self.store = IsmStore(proxy)
        self.indexes = Indexes(proxy)
        self._clock = clock
        self.lock = asyncio.Lock()

    async def run(self) -> None:
        """Sweep until cancelled; an engine that is away is tried again."""
        told = ""
        while True:
            await self._clock.sleep(SWEEP_SECONDS)
            await asyncio.sleep(_SHORTEST_PAUSE)
            try:
                await self.sweep()
                told = ""
            except _TO_BE_TRIED_AGAIN as error:
                if str(error) != told:
                    told = str(error)
                    logger.warning("index state management has to wait: %s", told)

    async def sweep(self) -> None:
        """Attach, carry on and forget, once for all indexes."""
        async with self.lock:
            managed = await self.attach_new()
            indexes = {index.uuid: index for index in await self.indexes.matching()}
            for each in managed.values():
                index = indexes.get(each.uuid)
                if index is None:
                    await self.store.delete_managed(each.uuid)
                else:
                    await self._carry_on(each, index)

    async def attach_new(self) -> dict[str, Managed]:
        """Attach policies to the indexes that were made after them; return all managed ones.

        The caller holds the lock.
        """
        policies = {str(kept.policy["policy_id"]): kept for kept in await self.store.policies()}
        managed = await self.store.managed()
        if not any(kept.policy["ism_template"] for kept in policies.values()):
            return managed
        for index in await self.indexes.matching():
            if index.uuid in managed or index.name.startswith("."):
                continue
            fitting = policy_for(index.name, [kept.policy for kept in policies.values()])
            if fitting is None:
                continue
            kept = policies[str(fitting["policy_id"])]
            if not index.created_at or index.created_at >= kept.wall_time:
                managed[index.uuid] = await self.attach(index, kept)
        return managed

    async def attach(self, index: Index, kept: Kept) -> Managed:
        """Put an index under a policy."""
        real_age = max(0.0, time.time() - index.created_at) if index.created_at else 0.0
        managed = Managed(
            index=index.name,
            uuid=index.uuid,
            policy=kept.policy,
            seq_no=kept.seq_no,
            primary_term=kept.primary_term,
            born_at=self._clock.now() - real_age,
        )
        await self.store.put_managed(managed)
        return managed

    async def change(self, managed: Managed, kept: Kept, state: str | None) -> None:
        """Put a managed index under another policy, or another version of its own."""
        names = [each["name"] for each in kept.policy["states"]]
        stays = state is None and managed.state in names
        target = managed.state if stays else state or kept.policy["default_state"]
        changed = replace(
            managed,
            policy=kept.policy,
            seq_no=kept.seq_no,
            primary_term=kept.primary_term,
            state=target if managed.state is not None or state else None,
            state_since=managed.state_since if stays else self._clock.now(),
            done=managed.done if stays else 0,
            failure=None,
        )
        await self.store.put_managed(changed)

    async def _carry_on(self, managed: Managed, index: Index) -> None:
        before, exists = managed, True
        for _ in range(_MOST_STEPS):
            step = next_step(managed, index.facts, self._clock.now())
            if isinstance(step, Wait):
                managed = replace(managed, message=step.message)
                break
            if isinstance(step, Enter):
                managed = self._entered(managed, step.state)
                continue
            managed = await self._acted(managed, step)
            exists = step.kind != "delete" or managed.failure is not None
            if not exists:
                break
        if not exists:
            await self.store.delete_managed(managed.uuid)
        elif managed != before:
            await self.store.put_managed(managed)

    def _entered(self, managed: Managed, state: str) -> Managed:
        return replace(
            managed,
            state=state,
            state_since=self._clock.now(),
            done=0,
            message=f"Transitioning to {state} [index={managed.index}]",
        )

    async def _acted(self, managed: Managed, step: Act) -> Managed:
        failure = await self.indexes.act(managed.index, step.kind, step.settings)
        if failure is not None:
            logger.warning("policy %s, index %s: %s", managed.policy_id, managed.index, failure)
            return replace(managed, failure=failure, message=failure)
        message = f"Successfully did {step.kind} [index={managed.index}]"
        return replace(managed, done=managed.done + 1, message=message)


def explained(managed: Managed | None, index: Index) -> Mapping[str, object]:
    """Return how ``_ism/explain`` shows an index."""
    policy_id = managed.policy_id if managed else None
    setting = "index_state_management.policy_id"
    shown: dict[str, object] = {
        f"index.plugins.{setting}": policy_id,
        f"index.opendistro.{setting}": policy_id,
    }
    if managed is None:
        return {**shown, "enabled": None}
    shown.update(index=index.name, index_uuid=index.uuid, policy_id=policy_id, enabled=True)
    if managed.state is None:
        return shown
    shown.update(
        policy_seq_no=managed.seq_no,
        policy_primary_term=managed.primary_term,
        index_creation_date=int(index.created_at * 1000),
        state={"name": managed.state, "start_time": int(managed.state_since * 1000)},
        retry_info={"failed": managed.failure is not None, "consumed_retries": 0},
        info={"message": managed.message},
    )
    return shown
