"""How search grows from 10,000 to 1,000,000 passages: build rate, disk, memory, latency and recall of each engine.

    RADQA_SHARED_DATA=FOLDER python -m bench.scale --work DIR [--sizes 10000,100000,1000000] [--engines flat,ivf,lite] [--json]
    python -m bench.scale --plot

Every pair of engine and size is measured in a process of its own, whose peak memory is its own too, and kept in DIR as it ends: a run
that was stopped goes on where it stopped. DIR (some 4 GB for a million) is not the repository's. The figures go to
`bench/results/scale.json`, the plot to `docs/scale.svg`. The passages are made of real ones (`bench.scale.made`).
"""
