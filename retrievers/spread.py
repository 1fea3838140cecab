"""A build by Ray: partitions are worked on by processes on this machine, or of the cluster that `RAY_ADDRESS` names.

Ray Data hands partitions out one by one as workers are free, so that no more is read than is worked on. A worker that dies is replaced
and its partition handed out again; what is written stays. On a cluster sources and index lie on a file system that all nodes share.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpora.errors import MissingExtra
from retrievers.embedding import PackagedEmbedder, SentenceEmbedder, embedder
from retrievers.errors import EngineUnavailable, PartitionFailed
from retrievers.partitions import Partition, is_done, work
from retrievers.vectors import Progress

if TYPE_CHECKING:
    from types import ModuleType

_ROUNDS = 3
"""Times that what failed is handed out again; a worker that dies has its partition handed out anew within a round."""
_DEATHS = 3
_STORE_BYTES = 128 << 20
"""Ray's memory for what passes between processes: partitions are names, what is made of them goes to the disk."""


class Worker:
    """A process with the model in memory."""

    def __init__(self, embedding: str, folder: str) -> None:
        """Take the name of the model and the folder of the partitions."""
        self._model, self._folder = embedder(embedding), Path(folder)
        if isinstance(self._model, PackagedEmbedder | SentenceEmbedder):
            self._model.threads = 1

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row's partition worked on: its number, its passages, and what went wrong, if anything."""
        partition = Partition.model_validate_json(row["partition"])
        try:
            return {"number": row["number"], "passages": work(partition, self._folder, self._model), "failed": ""}
        except Exception as error:  # noqa: BLE001  whatever it is, it is told and the partition handed out again
            return {"number": row["number"], "passages": 0, "failed": f"{type(error).__name__}: {error}"}


def spread(partitions: Sequence[Partition], folder: Path, embedding: str, workers: int = 0, progress: Progress | None = None) -> None:
    """Work on all partitions that are not done, by so many processes (0: one per core); afterwards the file of each is in the folder.

    Raises:
        MissingExtra: Ray is not installed.
        EngineUnavailable: Ray does not start, or its cluster is not there.
        PartitionFailed: partitions failed three times; names the first and what went wrong, and says that the rest is kept.
    """
    left = {number: partition for number, partition in enumerate(partitions) if not is_done(partition, folder)}
    told: dict[int, str] = {}
    if not left:
        return
    folder.mkdir(parents=True, exist_ok=True)
    ray = _started(workers)
    for _ in range(_ROUNDS):
        told |= _round(ray, left, folder, embedding, workers, progress)
        left = {number: partition for number, partition in left.items() if not is_done(partition, folder)}
        if not left:
            return
    number, partition = next(iter(left.items()))
    raise PartitionFailed(
        f"{len(left)} of {len(partitions)} partitions failed {_ROUNDS} times; the first is {partition.shown}: "
        f"{told.get(number) or 'its worker died'}. What is done is kept: mend it and run the same command again."
    )


def _started(workers: int) -> ModuleType:
    """Ray, running; nothing is reported to its makers."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        ray = importlib.import_module("ray")
    except ImportError as error:
        raise MissingExtra("A build by Ray needs Ray.", 'Run: pip install "radqa[ray]"') from error
    if not ray.is_initialized():
        here: dict[str, Any] = {"num_cpus": workers or os.cpu_count() or 1, "object_store_memory": _STORE_BYTES, "include_dashboard": False}
        address = os.environ.get("RAY_ADDRESS", "")
        try:
            ray.init(log_to_driver=False, logging_level=logging.ERROR, **({} if address else here))
        except Exception as error:  # Ray raises plain ones
            where = f"Ray at {address}" if address else "Ray on this machine"
            remedy = (
                "Look at RAY_ADDRESS." if address else "It gives up after half a minute on a busy machine: try again, or build locally."
            )
            raise EngineUnavailable(f"{where} does not start: {error}", remedy) from error
    return ray


def _round(
    ray: ModuleType, left: Mapping[int, Partition], folder: Path, embedding: str, workers: int, progress: Progress | None
) -> dict[int, str]:
    """Hand all of `left` out once; what went wrong with those that failed by themselves."""
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.max_errored_blocks = -1  # what a dead worker leaves undone shows by its missing file
    rows = [{"number": number, "partition": partition.model_dump_json()} for number, partition in left.items()]
    size = min(workers or int(ray.cluster_resources().get("CPU", 1)), len(rows))
    done = ray.data.from_items(rows, override_num_blocks=len(rows)).map(
        Worker,
        fn_constructor_args=(embedding, str(folder.absolute())),
        compute=ray.data.ActorPoolStrategy(size=size),
        max_restarts=_DEATHS * len(rows),
        max_task_retries=_DEATHS,
    )
    told: dict[int, str] = {}
    for count, row in enumerate(done.iter_rows(), 1):
        if row["failed"]:
            told[row["number"]] = row["failed"]
        if progress:
            progress(count, len(rows))
    return told
