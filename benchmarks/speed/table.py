"""The page: what was measured, in Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence

from benchmarks.speed.material import Material
from benchmarks.speed.peer import Peer
from benchmarks.speed.results import Result

REFERENCE = "pipeline"
"""What the others are compared with."""


def table(results: Mapping[str, Result], peers: Mapping[str, Peer], material: Material) -> str:
    """One row a system, in the order of the peers."""
    names = [papers.name for papers in material.labelled]
    head = ["system", "abstracts/s", "(least to most)", "times the pipeline",
            *(f"micro-F1 {name}" for name in names), "one paper, ms", "start, CPU s", "start, s",
            "memory, MB", "batch", "areas from"]  # fmt: skip
    rows = [head, ["---", *["---:"] * (len(head) - 2), "---"]]
    pipeline = results.get(REFERENCE)
    for name, result in results.items():
        least, most = result.range("rate")
        ratio = result.median("rate") / pipeline.median("rate") if pipeline else None
        rows.append([
            peers[name].title,
            f"{result.median('rate'):,.1f}",
            f"{least:,.1f} to {most:,.1f}",
            "" if ratio is None else f"{ratio:.1f}",
            *(f"{value:.4f}" for value in result.f1),
            f"{result.median('one_ms'):.1f}",
            f"{result.median('start_cpu'):.2f}",
            f"{result.median('start'):.2f}",
            f"{result.median('memory_mb'):,.0f}",
            str(result.size) if len(peers[name].sizes) > 1 else "",
            peers[name].head.format(train=f"{len(material.train):,} papers"),
        ])  # fmt: skip
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def page(table: str, material: Material, rounds: int, command: str, plot: str, model: str) -> str:
    """The table with what it was measured on, and how."""
    sets = ", ".join(f"{papers.name} ({len(papers):,})" for papers in material.labelled) or "none"
    train = f"{len(material.train):,} labelled papers of {material.train.name}"
    return f"""# Speed

Abstracts a second of Tagstract and of what one would use instead, and what each gets right.

{table}

![Micro-F1 by abstracts a second]({plot})

- **Papers**: {len(material.papers):,} of {material.papers.name}, drawn at random, the same for all;
  {_words(material)} words an abstract in the median.
- **Rounds**: {rounds}, in which the systems take turns, each in a process of its own on all
  {_cores()} cores ({_processor()}), with the fastest of the batch sizes that were tried. The
  table has medians.
- **Micro-F1**: on the labelled papers of {sets}. The pipeline, bfloat16 and both int8
  runtimes run the float weights of {model} (`model_folder/float`): their quality is that of
  our network alone, at probability 0.5. Heads that are trained here are trained on
  {train}; a tenth of these sets their one threshold.
- **One paper** is the median of papers tagged one at a time. **Start** is from the start of the
  process to its first tagged paper, **memory** the most that the process held.

    {command}
"""


def _words(material: Material) -> int:
    lengths = sorted(len(text.split()) for text in material.papers.abstracts)
    return lengths[len(lengths) // 2]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as file:
            lines = [line for line in file if line.startswith("model name")]
        return lines[0].partition(":")[2].strip()
    except (OSError, IndexError):
        return platform.processor() or platform.machine()


def summary(results: Mapping[str, Result], names: Sequence[str]) -> dict[str, object]:
    """What the JSON file holds of the results."""
    return {
        name: {
            "f1": dict(zip(names, result.f1, strict=True)),
            "batch": result.size,
            "rounds": result.rounds,
        }
        for name, result in results.items()
    }
