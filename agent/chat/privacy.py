"""What may leave the machine towards a chat model: everything to a local one, nothing that identifies a patient to a remote one."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from langsmith.utils import tracing_is_enabled

from agent.language.languages import glossary
from agent.reading.conversation import Dialogue, Exchange
from agent.settings import Settings
from agent.types import Question
from corpora.privacy.identifiers import mask
from corpora.privacy.sendable import sendable


def remote_host(settings: Settings) -> str:
    """The host that prompts go to, or nothing when the model runs on this machine."""
    provider = settings.model.partition(":")[0]
    if not settings.base_url and provider != "ollama":
        return provider
    host = _elsewhere(settings.base_url or os.environ.get("OLLAMA_HOST", "").strip())
    return host or ("ollama.com" if settings.model.endswith(_PASSED_ON) else "")


_PASSED_ON = ("-cloud", ":cloud")
"""So end the names of models that an Ollama of this machine only passes on to Ollama's own servers."""


def _elsewhere(address: str) -> str:
    """The host of a URL or of "host:port"; nothing where that is this machine: loopback, a port alone, no address at all."""
    host = urlsplit(address if "://" in address else f"//{address}").hostname or address
    return "" if _is_here(host) else host


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback or ip_address(host).is_unspecified
    except ValueError:
        return host == "localhost" or host.endswith(".localhost") or re.fullmatch(r"(:\d+)?", host) is not None


class Entered(NamedTuple):
    """A question as everything after its entry sees it, what was held back of it, where it goes, and whether its run is traced."""

    question: Question
    dialogue: Dialogue = ()
    masked: frozenset[str] = frozenset()
    traced: bool = False
    host: str = ""
    withheld: frozenset[str] = frozenset()

    @property
    def notice(self) -> str:
        """In one line, what of the question leaves this machine and to whom; empty where nothing does."""
        if not self.host:
            return ""
        said = " ".join(part for part in (self.question.text, self.question.report) if part)
        shown = said if len(said) <= _SHOWN else f"{said[:_SHOWN]} ... ({len(said) - _SHOWN} characters more)"
        options = "; ".join(f"{option.label}: {option.text}" for option in self.question.options)
        held = f"held back: {len(self.masked)} identifiers, {len(self.withheld)} unknown words"
        return f"To {self.host} goes, with passages of the index: {shown}{' | ' + options if options else ''} ({held})"


_SHOWN = 600
"""Characters of question and report that the notice shows."""


def entered(question: Question, settings: Settings, dialogue: Sequence[Exchange] = ()) -> Entered:
    """The question for a run: masked once, at its entry, where prompts leave this machine or LangSmith traces.

    Of what a person wrote only words leave that medicine or plain speech has (`corpora.privacy.sendable`). Plans, queries, what was
    tried and what is missing are all made from it, so that none of them can hold what was taken out.
    """
    host = remote_host(settings) if settings.model or settings.base_url else ""
    if not tracing_is_enabled() and not host:
        return Entered(question, tuple(dialogue))
    found: set[str] = set()
    withheld: set[str] = set()

    def masked(text: str) -> str:
        made = sendable(text, known=glossary())
        found.update(item.text.casefold() for item in made.found)
        withheld.update(word.casefold() for word in made.withheld)
        return made.text

    options = tuple(option.model_copy(update={"text": masked(option.text)}) for option in question.options)
    told = {"text": masked(question.text), "report": masked(question.report), "options": options}
    before = tuple(Exchange(*map(masked, turn)) for turn in dialogue)
    return Entered(question.model_copy(update=told), before, frozenset(found), bool(tracing_is_enabled()), host, frozenset(withheld))


def outgoing(text: str, settings: Settings) -> tuple[str, frozenset[str]]:
    """The text as it may go to the model, and the identifiers masked in it: for a remote model, and where LangSmith traces."""
    if not remote_host(settings) and not tracing_is_enabled():
        return text, frozenset()
    masked = mask(text)
    return masked.text, frozenset(item.text.casefold() for item in masked.found)
