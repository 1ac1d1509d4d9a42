"""Draw the plots of ``docs/benchmarks.md``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from benchmarks.peers import PEERS
from benchmarks.plan import CONDITIONS, SHIPPERS
from benchmarks.results import Results

OURS = "#1f6f54"
OTHERS = "#9fb3c8"
SHADES = {"healthy": "#1f6f54", "slow": "#d9a441", "down": "#b5483a"}
WIDTH = 8.0
ROW = 0.42


def draw_all(results: Results, folder: Path) -> None:
    """Write one SVG for each table into ``folder``."""
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "benchmarks", "font.size": 9, "svg.fonttype": "none"})
    folder.mkdir(parents=True, exist_ok=True)
    draw_caller(results, folder / "caller.svg")
    peers = ("null", *SHIPPERS)
    cpu = [results.median("cpu", "healthy", peer, "cpu") for peer in peers]
    draw_bars(folder / "cpu.svg", peers, cpu, "µs of CPU per record (log scale)")
    measured = ["firehose-blocking" if peer == "firehose" else peer for peer in SHIPPERS]
    rates = [results.median("throughput", "healthy", peer, "rate") for peer in measured]
    draw_bars(folder / "throughput.svg", SHIPPERS, rates, "records/s, four threads (log scale)")
    peaks = [results.median("outage", "down", peer, "peak") for peer in SHIPPERS]
    draw_bars(folder / "outage.svg", SHIPPERS, peaks, "MiB in an outage", log=False)


def draw_caller(results: Results, path: Path) -> None:
    """Draw the median of a call, with a line up to its p99.9, in each condition."""
    peers = ("null", *SHIPPERS)
    with _axes(path, len(peers) * 1.6, "µs per call: median, line to p99.9 (log scale)") as axes:
        for offset, condition in enumerate(CONDITIONS):
            places = [number + (offset - 1) * 0.27 for number in range(len(peers))]
            median, high = (
                [results.median("caller", condition, peer, figure) or 0.0 for peer in peers]
                for figure in ("p50", "p999")
            )
            axes.barh(places, median, 0.25, color=SHADES[condition], label=condition)
            axes.hlines(places, median, high, color=SHADES[condition], linewidth=1)
        _name_rows(axes, peers)
        if axes.dataLim.xmax > 0:
            axes.set_xscale("log")
        axes.legend(frameon=False)


def draw_bars(
    path: Path,
    peers: Sequence[str],
    figures: Sequence[float | None],
    label: str,
    *,
    log: bool = True,
) -> None:
    """Draw one bar for each handler, with its figure at the end."""
    with _axes(path, len(peers), label) as axes:
        colours = [OURS if peer == "firehose" else OTHERS for peer in peers]
        bars = axes.barh(range(len(peers)), [figure or 0.0 for figure in figures], color=colours)
        texts = ["-" if figure is None else f"{figure:,.0f}" for figure in figures]
        axes.bar_label(bars, texts, padding=3)
        _name_rows(axes, peers)
        if log and any(figures):
            axes.set_xscale("log")
        axes.margins(x=0.12)


def _name_rows(axes: Any, peers: Sequence[str]) -> None:
    axes.set_yticks(range(len(peers)), [PEERS[peer].title for peer in peers])
    axes.invert_yaxis()


@contextmanager
def _axes(path: Path, rows: float, label: str) -> Iterator[Any]:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(WIDTH, 0.8 + rows * ROW))
    yield axes
    axes.set_xlabel(label)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
