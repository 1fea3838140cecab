"""Memory that an opened index of files takes, part by part, as resident set before and after each is read.

python -m bench.scale.opened [DIR]
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from agent.settings import load
from retrievers.index import PassageIndex


def resident_mb() -> float:
    """Megabytes of this process that are in memory now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main(arguments: list[str]) -> int:
    """Print the passages, and MB and KB a passage of each part."""
    import faiss  # noqa: F401
    from llama_index.vector_stores import faiss as _  # noqa: F401

    from corpora.concepts.linker import linker

    linker()
    before, used = resident_mb(), time.process_time()
    index = PassageIndex.open(Path(arguments[0]) if arguments else load().index_folder)
    count = len(index.passages)
    print(f"passages   {count}, opened in {time.process_time() - used:.2f} processor s")
    for name in ("passages", "dense", "lexical", "concepts"):
        getattr(index, name)
        after = resident_mb()
        print(f"{name:10} {after - before:8.1f} MB {1000 * (after - before) / count:8.2f} KB a passage")
        before = after
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
