"""Run the measurements named on the command line, or those of `make bench`."""

from __future__ import annotations

import sys
from importlib import import_module

DEFAULT = ("answers", "concepts", "mcp")


def main(names: list[str]) -> int:
    """Each named module's `main`; its figures are printed and kept in bench/results/NAME.json."""
    for name in names or DEFAULT:
        import_module(f"bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
