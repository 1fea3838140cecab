"""What is installed, which model and index are used, what is missing and how to get it."""

from __future__ import annotations

import platform
from importlib import metadata
from importlib.util import find_spec
from typing import Literal

from agent.chat.providers import chat_model
from agent.errors import ModelUnavailable
from agent.settings import CONFIG_FILES, Settings, load
from corpora.errors import SetupError
from corpora.types import Frozen
from retrievers.embedding import embedder
from retrievers.index import PassageIndex
from retrievers.settings import WebSettings

_PACKAGES = ("onnxruntime", "sentence-transformers", "faiss-cpu", "langgraph", "langchain-openai")
_EXTRAS = {
    "ui": "streamlit", "evals": "ir_measures", "anthropic": "langchain_anthropic", "ollama": "langchain_ollama",
    "llamaindex": "llama_index", "milvus": "pymilvus", "postgres": "psycopg",
}  # fmt: skip


class Finding(Frozen):
    """One line of the examination."""

    name: str
    state: Literal["good", "missing", "broken"]
    detail: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Every finding, in the order of what depends on what; contacts nobody."""
    findings = [Finding(name="radqa", state="good", detail=f"{metadata.version('radqa')} on Python {platform.python_version()}")]
    findings += [_package(name) for name in _PACKAGES]
    findings += [_extra(extra, module) for extra, module in _EXTRAS.items()]
    try:
        settings = load()
    except SetupError as error:
        return [*findings, Finding(name="settings", state="broken", detail=error.problem, remedy=error.remedy)]
    files = [str(path) for path in CONFIG_FILES if path.exists()]
    findings.append(Finding(name="settings", state="good", detail=f"preset {settings.preset}, {', '.join(files) or 'no radqa.toml'}"))
    findings.append(_embedding(settings.embedding))
    findings.append(_index(settings.index_folder, settings.embedding, chosen=settings.index is not None))
    findings.append(_store(settings))
    findings.append(_model(settings))
    findings.append(_web(settings.web))
    return findings


def _package(name: str) -> Finding:
    try:
        return Finding(name=name, state="good", detail=metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name=name, state="broken", detail="not installed", remedy=f"Run: pip install {name}")


def _extra(extra: str, module: str) -> Finding:
    if find_spec(module):
        return Finding(name=f"extra {extra}", state="good", detail="installed")
    return Finding(name=f"extra {extra}", state="missing", detail="not installed", remedy=f'Run: pip install "radqa[{extra}]"')


def _embedding(name: str) -> Finding:
    try:
        model = embedder(name)
    except SetupError as error:
        return Finding(name="embedding", state="broken", detail=error.problem, remedy=error.remedy)
    return Finding(name="embedding", state="good", detail=f"{model.name} ({model.fingerprint})")


def _index(folder: object, embedding: str, *, chosen: bool) -> Finding:
    from pathlib import Path

    try:
        manifest = PassageIndex.open(Path(str(folder)), embedder(embedding)).manifest
    except SetupError as error:
        if chosen:
            return Finding(name="index", state="broken", detail=error.problem, remedy=error.remedy)
        return Finding(name="index", state="missing", detail=error.problem, remedy="It is built at the first question.")
    return Finding(name="index", state="good", detail=f"{folder}: {manifest.documents} documents, {manifest.passages} passages")


def _store(settings: Settings) -> Finding:
    address = settings.store_address
    if address.kind == "files":
        return Finding(name="store", state="good", detail="the index's files")
    if not find_spec(package := _EXTRAS[address.kind]):
        remedy = f'Run: pip install "radqa[{address.kind}]"'
        return Finding(name="store", state="broken", detail=f"{address.shown}: {package} is not installed", remedy=remedy)
    return Finding(name="store", state="good", detail=f"{address.shown} (not contacted)")


def _web(web: WebSettings) -> Finding:
    if not web.on:
        return Finding(name="live sources", state="missing", detail="off", remedy="Turn them on with --web or RADQA_WEB__ON=true.")
    from retrievers.web.guard import proxy_note

    remedy = "" if web.contact else "Set RADQA_WEB__CONTACT to your mail address: sources write to it instead of blocking."
    if note := proxy_note().removeprefix("; "):
        remedy = f"{note}. {remedy}".strip()
    how = "from the cache only" if web.offline else f"{web.seconds:g} s a question (not contacted)"
    return Finding(name="live sources", state="good", detail=f"{', '.join(web.asked)}; {how}", remedy=remedy)


def _model(settings: Settings) -> Finding:
    name, where = settings.model or "default", f" at {settings.base_url}" if settings.base_url else ""
    if not settings.model and not settings.base_url:
        remedy = "Set RADQA_MODEL or RADQA_BASE_URL for one."
        return Finding(name="chat model", state="missing", detail="none: answers quote the evidence", remedy=remedy)
    try:
        chat_model(settings)
    except SetupError as error:
        return Finding(name="chat model", state="broken", detail=error.problem, remedy=error.remedy)
    except ModelUnavailable as error:
        return Finding(name="chat model", state="broken", detail=f"{name}{where}: {error}", remedy="Set RADQA_API_KEY.")
    return Finding(name="chat model", state="good", detail=f"{name}{where} (not contacted)")
