"""The engine that tags on a Ray cluster, by Ray Data; the extra `ray`.

The driver reads the feeds, finds duplicates and writes the journal, as in one process; only chunks
of records go out to actors, and come back in their order. So a run can be resumed by either engine
and gives the same records in the same order.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.labels.extras import need

if TYPE_CHECKING:
    from tagstract.serving.batch import Engine

__all__ = ["ray_engine"]

_WAVE = 1000
"""Chunks that are handed to Ray at a time: what the driver and the object store hold."""


def ray_engine(folder: Path, options: Mapping[str, Any]) -> Engine:
    """Tag on the cluster that `RAY_ADDRESS` names; without it, on a local one that is started here.

    Every actor takes one core and loads the model once; each machine keeps one core free, since
    actors that take all of them leave none to what feeds them. The actors of a machine that is
    lost are started elsewhere, and their chunks are tagged again.

    Args:
        folder: of the model. It travels to the actors; machines need no shared disk.
        options: arguments of the `Tagger` after the model.

    Raises:
        MissingExtra: Ray is not installed.
    """
    need("ray")

    def engine(chunks: Iterator[list[Any]]) -> Iterator[list[dict[str, Any]]]:
        import ray

        ray.init(ignore_reinit_error=True, log_to_driver=False, logging_level="ERROR")
        context = ray.data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        model = ray.put({path.name: path.read_bytes() for path in folder.iterdir()})
        while wave := list(islice(chunks, _WAVE)):
            rows = [{"records": pickle.dumps(chunk)} for chunk in wave]
            actors = min(_free_cores(ray.nodes()), len(rows))
            tagged = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
                _Actor,
                fn_constructor_args=(model, dict(options)),
                batch_size=1,
                batch_format="pyarrow",
                num_cpus=1,
                compute=ray.data.ActorPoolStrategy(size=actors),
            )
            for row in tagged.iter_rows():
                yield pickle.loads(row["tagged"])

    return engine


def _free_cores(nodes: list[dict[str, Any]]) -> int:
    """Cores that actors may take: one less than each living machine has, at least one in all."""
    cores = [int(node["Resources"].get("CPU", 0)) for node in nodes if node["Alive"]]
    return max(sum(max(count - 1, 0) for count in cores), 1)


class _Actor:
    """A tagger on one core of the cluster."""

    def __init__(self, model: Any, options: dict[str, Any]) -> None:
        import ray

        from tagstract.model_folder import Model
        from tagstract.serving.batch import in_process
        from tagstract.serving.tagger import Tagger

        files = ray.get(model) if isinstance(model, ray.ObjectRef) else model
        with tempfile.TemporaryDirectory(prefix="tagstract-") as folder:
            for name, content in files.items():
                (Path(folder) / name).write_bytes(content)
            self._engine = in_process(Tagger(Model.load(folder, threads=1), **options))

    def __call__(self, batch: Any) -> Any:
        import pyarrow as pa

        chunks = (pickle.loads(records) for records in batch.column("records").to_pylist())
        tagged = [pickle.dumps(answers) for answers in self._engine(chunks)]
        return pa.table({"tagged": pa.array(tagged, pa.large_binary())})
