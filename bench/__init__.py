"""Measurements of speed and memory on real text; each module is run by hand: `python -m bench.index`."""
