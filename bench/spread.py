"""How fast an index is built by Ray on this machine, against the build in one process: the same command, the same real texts.

    RADQA_SHARED_DATA=FOLDER python -m bench.spread [--passages 500,3000] [--rounds 1]

Each build is `radqa index build` on text files with no vectors kept from before, one engine after the other. Ray starts some ten
processes and every worker loads vocabulary and model, which a large build does once too: the rate is passages over seconds of what the
larger build has more than the smaller one, and what is left is told as the start. Processor time is that of all processes which the
command started, looked at twice a second.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.index import documents
from bench.report import keep

GOALS = {"ratio_to_local": 0.9}
ENGINES = ("local", "ray")
_LOOK_S = 0.5


class Used:
    """Processor seconds of a process and all below it, while it runs."""

    def __init__(self, number: int) -> None:
        """Take the process's number and begin to look."""
        self._number, self._seen, self._over = number, dict[int, float](), threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)
        self._looking.start()

    def _look(self) -> None:
        import psutil

        while not self._over.wait(_LOOK_S):
            try:
                top = psutil.Process(self._number)
                for one in (top, *top.children(recursive=True)):
                    times = one.cpu_times()
                    self._seen[one.pid] = times.user + times.system
            except psutil.NoSuchProcess:
                continue

    def seconds(self) -> float:
        """So many until now; stops looking."""
        self._over.set()
        self._looking.join()
        return sum(self._seen.values())


def texts(folder: Path, passages: int) -> None:
    """Write real texts of so many passages as files into the folder."""
    for number, document in enumerate(documents(Path(os.environ["RADQA_SHARED_DATA"]), passages)):
        (folder / f"{number:06}.txt").write_text(document.text, encoding="utf-8")


def built(notes: Path, place: Path, engine: str) -> dict[str, float]:
    """One build in an empty place: passages, seconds and processor seconds."""
    place.mkdir()
    alone = os.environ | {"XDG_CACHE_HOME": str(place / "cache")}
    program = [sys.executable, "-m", "agent.cli"]
    subprocess.run([*program, "concepts", "nodule", "--json"], env=alone, check=True, stdout=subprocess.DEVNULL)  # the vocabulary is kept
    build = [*program, "index", "build", str(notes), "--out", str(place / "index"), "--no-embedded", "--json", "--skip-bad"]
    began = time.perf_counter()
    running = subprocess.Popen([*build, "--engine", engine], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=alone)
    used = Used(running.pid)
    shown, _ = running.communicate()
    took = time.perf_counter() - began
    if running.returncode:
        raise SystemExit(f"The build by {engine} failed: run it by hand to see why.")
    return {"passages": json.loads(shown)["passages"], "s": took, "processor_s": used.seconds()}


def measure(sizes: tuple[int, int], rounds: int) -> dict[str, Any]:
    """The figures of all rounds."""
    found: dict[str, list[list[dict[str, float]]]] = {engine: [[], []] for engine in ENGINES}
    with tempfile.TemporaryDirectory(prefix="radqa-bench-") as place:
        for which, size in enumerate(sizes):
            (notes := Path(place) / f"notes-{size}").mkdir()
            texts(notes, size)
            for number in range(rounds):
                for engine in ENGINES if (number + which) % 2 == 0 else ENGINES[::-1]:
                    one = built(notes, Path(place) / f"{engine}-{size}-{number}", engine)
                    found[engine][which].append(one)
                    print(engine, {name: round(value, 1) for name, value in one.items()}, flush=True)
    made: dict[str, Any] = {"rounds": rounds, "load_average": round(os.getloadavg()[0], 1)}
    for engine, (small, large) in found.items():
        more = mean(large, "passages") - mean(small, "passages")
        rate, of_processor = more / (mean(large, "s") - mean(small, "s")), more / (mean(large, "processor_s") - mean(small, "processor_s"))
        made |= {
            f"{engine}_passages": [round(mean(runs, "passages")) for runs in (small, large)],
            f"{engine}_s": [round(mean(runs, "s"), 1) for runs in (small, large)],
            f"{engine}_processor_s": [round(mean(runs, "processor_s"), 1) for runs in (small, large)],
            f"{engine}_per_s": round(rate, 2),
            f"{engine}_per_processor_s": round(of_processor, 2),
            f"{engine}_start_s": round(mean(small, "s") - mean(small, "passages") / rate, 1),
        }
    made["ratio_to_local"] = round(made["ray_per_s"] / made["local_per_s"], 3)
    made["processor_ratio"] = round(made["ray_per_processor_s"] / made["local_per_processor_s"], 3)
    return made


def mean(runs: list[dict[str, float]], name: str) -> float:
    """Of one figure over the rounds."""
    return statistics.mean(one[name] for one in runs)


def main(arguments: Sequence[str] = ()) -> int:
    """Measure, keep the figures, and say whether the goal is met."""
    parser = argparse.ArgumentParser(prog="python -m bench.spread", description="Build rate by Ray against the build in one process.")
    parser.add_argument("--passages", default="500,3000", help="passages of the smaller and the larger build (default 500,3000)")
    parser.add_argument("--rounds", type=int, default=1, help="builds of each by each engine (default 1)")
    chosen = parser.parse_args(arguments)
    small, large = map(int, chosen.passages.split(","))
    if not os.environ.get("RADQA_SHARED_DATA"):
        sys.exit("Set RADQA_SHARED_DATA to a folder with real text (corpus_*.jsonl).")
    made = measure((small, large), chosen.rounds)
    met = made["ratio_to_local"] >= GOALS["ratio_to_local"]
    keep("spread", {**made, "goals": GOALS, "goals_met": met})
    return int(not met)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
