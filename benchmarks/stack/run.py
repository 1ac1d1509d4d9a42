"""Measure one part after the other; what fails is told, and the next one goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext

from benchmarks.stack.capacity import measure_capacity, measure_start
from benchmarks.stack.comparison import measure_comparison
from benchmarks.stack.deployment import running_stack
from benchmarks.stack.engine import RealEngine
from benchmarks.stack.findings import Findings
from benchmarks.stack.limits import Budget
from benchmarks.stack.moto_rate import measure_moto
from benchmarks.stack.plan import Plan
from benchmarks.stack.quota import measure_at_the_quota


class Run:
    """Fill findings, within the plan's limit."""

    def __init__(self, plan: Plan, progress: Callable[[str], None]) -> None:
        self._plan = plan
        self._progress = progress
        self._budget = Budget(plan.limit)
        self.findings = Findings()

    def measure(self) -> Findings:
        """Measure everything and return it."""
        found, plan = self.findings, self._plan
        with self._part("starting without an engine"):
            measure_start()  # not counted: Python compiles what it imports the first time
            for _ in range(plan.starts):
                found.starts.append(measure_start())
        with self._part("an engine that does nothing"):
            found.capacity = measure_capacity(plan, self._budget)
        with self._part("moto's own Firehose"):
            found.moto = measure_moto(plan.moto_seconds, self._budget)
        with self._part("real OpenSearch"):
            self._measure_with_real_engine()
        return found

    def _measure_with_real_engine(self) -> None:
        found, plan = self.findings, self._plan
        with running_stack("opensearch") as deployment:
            found.engine = deployment.info.engine
            with self._budget.spend("the domain and the stream"):
                deployment.deploy()
            with closing(RealEngine(deployment.info.engine_pid, deployment.info.home)) as engine:
                with self._part("at the quota's rate", within=True):
                    found.at_the_quota = measure_at_the_quota(
                        deployment, engine, plan.offered_seconds
                    )
                with self._part("beside plain bulk requests", within=True):
                    found.comparison = measure_comparison(
                        deployment, engine, plan, self._budget.left
                    )

    @contextmanager
    def _part(self, name: str, *, within: bool = False) -> Iterator[None]:
        """Tell what fails, and go on; ``within`` the budget, if it starts nothing."""
        self._progress(name)
        try:
            with self._budget.spend(name) if within else nullcontext():
                yield
        except Exception as error:  # noqa: BLE001 - told on the page
            sentence = f"{name}: {type(error).__name__}: {error}"
            self._progress(f"    {sentence}")
            self.findings.missing.append(" ".join(sentence.split()))
