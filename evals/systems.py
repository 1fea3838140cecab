"""What is compared, by name: `KIND[:no-PART...][:planted][@MODEL]`, e.g. `agent`, `agent:no-verification`, `closed-book@openai:gpt-5`.

`:planted` puts each item's conflicting texts (`meta.conflict`) among what is found: what a system makes of evidence that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast

from agent.errors import InvalidSettings
from agent.settings import Settings
from corpora.types import Frozen
from retrievers.errors import MissingModel

Kind = Literal["options-only", "closed-book", "single-step", "agent-quote", "agent-strict", "agent", "extractive"]
KINDS: dict[Kind, str] = {
    "options-only": "the chat model shown the options without the question: what a set gives away by its wording",
    "closed-book": "the chat model alone",
    "single-step": "key phrases, one retrieval, one prompt (the shape of RadioRAG)",
    "agent-quote": "the agent whose rules decide and whose model puts in words",
    "agent-strict": "the agent that reasons, proven sentences only",
    "agent": "the agent that reasons, own knowledge marked",
    "extractive": "the multi-step agent without any model",
}
_ROLES: dict[Kind, dict[str, Any]] = {
    "agent": {"role": "reason", "strict": False}, "agent-strict": {"role": "reason", "strict": True}, "agent-quote": {"role": "quote"},
}  # fmt: skip
AGENTS = (*_ROLES, "extractive")
"""Kinds that have parts to leave out."""
PARTS: dict[str, dict[str, Any]] = {
    "refinement": {"rounds": 1},
    "concepts": {"concepts": False},
    "verification": {"verification": False},
    "option-plan": {"option_facets": False},
}


def parts() -> tuple[str, ...]:
    """The parts that this version of the agent can switch off."""
    return tuple(name for name, changes in PARTS.items() if set(changes) <= set(Settings.model_fields))


class System(Frozen):
    """What is compared: a kind, the parts it does without, and the chat model."""

    kind: Kind
    without: tuple[str, ...] = ()
    planted: bool = False
    model: str = ""

    @property
    def name(self) -> str:
        """As it is written on the command line; the model only where several are compared."""
        parts_ = "".join(f":no-{part}" for part in self.without)
        return self.kind + parts_ + ":planted" * self.planted + (f"@{self.model}" if self.model else "")

    @property
    def needs_model(self) -> bool:
        """Whether it cannot run without a chat model."""
        return self.kind != "extractive"

    @classmethod
    def parse(cls, text: str) -> System:
        """The system of a name.

        Raises:
            InvalidSettings: the kind or a part is unknown, or the kind has no parts.
        """
        named, _, model = text.strip().partition("@")
        kind, *without = re.split(r"[:+]", named)
        planted = "planted" in without
        lacking = [part.removeprefix("no-") for part in without if part != "planted"]
        if kind not in KINDS:
            raise InvalidSettings(f"There is no system {kind!r}.", f"Systems: {', '.join(KINDS)}")
        unknown = [part for part in lacking if part not in parts()]
        if unknown:
            raise InvalidSettings(f"There is no part {unknown[0]!r} to leave out.", f"Parts: {', '.join(f'no-{part}' for part in parts())}")
        if lacking and kind not in AGENTS:
            raise InvalidSettings(f"{kind} has no parts to leave out.", f"Only {', '.join(AGENTS)} have.")
        if planted and kind in ("closed-book", "options-only"):
            raise InvalidSettings(f"{kind} reads nothing, so that nothing can be planted.", "Give :planted to a system that searches.")
        return cls(kind=cast("Kind", kind), without=tuple(dict.fromkeys(lacking)), planted=planted, model=model)


def systems(names: Sequence[str], models: Sequence[str] = (), *, ablate: bool = False) -> list[System]:
    """The systems of these names, each with every model where several are given, and with each part off in turn for an ablation."""
    chosen = [System.parse(name) for name in names if name.strip()]
    if ablate:
        ablated = [(system, part) for system in chosen if system.kind in AGENTS and not system.without for part in parts()]
        chosen += [system.model_copy(update={"without": (part,)}) for system, part in ablated]
    if len(models) > 1:
        chosen = [
            system.model_copy(update={"model": model}) if system.needs_model and not system.model else system
            for system in chosen
            for model in (models if system.needs_model and not system.model else models[:1])
        ]
    if not chosen:
        raise InvalidSettings("No system is named.", f"Systems: {', '.join(KINDS)}")
    return list({system.name: system for system in chosen}.values())


def settings_of(system: System, settings: Settings, calls: Path | None = None, *, replay: bool = False) -> Settings:
    """The settings with the system's model and without its missing parts.

    Args:
        system: what is compared.
        settings: what all systems share.
        calls: the file that keeps this system's model answers; without it none are kept, and none of an earlier day are taken.
        replay: take every model answer from that file.

    Raises:
        MissingModel: the system needs a chat model and none is set.
    """
    changes: dict[str, Any] = {name: value for part in system.without for name, value in PARTS[part].items()}
    changes |= _ROLES.get(system.kind, {})
    changes |= {"responses": calls, "reuse": calls is not None, "replay": replay}
    if not system.needs_model:
        changes |= {"model": "", "base_url": ""}
    elif system.model:
        changes["model"] = system.model
    made = settings.model_copy(update=changes)
    if system.needs_model and not (made.model or made.base_url):
        raise MissingModel(
            f"The system {system.name} needs a chat model.", "Give --model NAME or RADQA_BASE_URL, or compare --systems extractive."
        )
    return made
