"""radqa for programs of one's own: what `agent` offers, under a name that no file of theirs is likely to have.

from radqa import ask
print(ask("Which Bosniak class is a cyst with a 4 mm enhancing wall?"))

A program that has an `agent.py` of its own beside it finds this project's packages all the same: they are imported from where this
package lies (docs/decisions/0015-names.md).
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

_HOME = str(Path(__file__).resolve().parents[1])
_PACKAGES = ("corpora", "retrievers", "agent")


def _ours() -> None:
    """Import the project's packages from beside this one, whatever stands earlier on the path.

    Raises:
        ImportError: a module of the same name was imported before; says which and what to do.
    """
    sys.path.insert(0, _HOME)
    try:
        for name in _PACKAGES:
            where = getattr(import_module(name), "__file__", None) or ""
            if not where or str(Path(where).resolve().parents[1]) != _HOME:
                raise ImportError(
                    f"radqa needs its package {name!r}, and {where or name!r} was imported under that name before. "
                    "Import radqa first, or rename that module."
                )
    finally:
        sys.path.remove(_HOME)


_ours()

import agent as _agent  # noqa: E402  only after it is sure whose it is

__all__ = list(_agent.__all__)


def __getattr__(name: str) -> Any:
    """Import on first use, as `agent` does."""
    if name not in __all__:
        raise AttributeError(f"module 'radqa' has no attribute {name!r}")
    return getattr(_agent, name)


def __dir__() -> list[str]:
    return __all__
