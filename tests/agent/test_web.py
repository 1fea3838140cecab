"""Answers with live sources beside the index, end to end against a server of our own."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import agent.cli
from agent.app import RadiologyAgent
from agent.fakes import Reply, chat_server
from agent.settings import Settings, load
from agent.types import Abstained, Answered, TraceEvent
from corpora.readers.markdown import read
from retrievers.web import guard
from tests.retrievers.web.conftest import loopback, settings_for
from tests.retrievers.web.hostile import QUESTIONS, hostile_pages
from tests.retrievers.web.server import SITE, LiveServer

pytestmark = [pytest.mark.localhost, pytest.mark.allow_hosts(["127.0.0.1"])]
NODULE = QUESTIONS["nodule"][0]
PYELONEPHRITIS = "What are the imaging features of xanthogranulomatous pyelonephritis?"
LANTERN = "What does the lantern kidney sign mean in Quenby-Hartwell disease?"
"""Of a disease that does not exist, so that the index cannot know it."""


@pytest.fixture(autouse=True)
def _names_resolve_to_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "resolved", loopback)


@pytest.fixture
def live() -> Iterator[LiveServer]:
    server = LiveServer().start()
    yield server
    server.stop()


def with_web(server: LiveServer, folder: Path, **more: object) -> Settings:
    web = settings_for(server, folder / "web", **more).model_dump(exclude={"pubmed_key", "openfda_key"})
    return load(web=web)


class Asking(RadiologyAgent):
    """The agent of the session with other settings: index and model are not loaded again."""

    def __init__(self, whole: RadiologyAgent, settings: Settings) -> None:
        self.__dict__.update(whole.__dict__)
        self.settings = settings

    async def answer(self, question: str, options=None, report: str = "") -> tuple[Answered | Abstained, list[TraceEvent]]:
        events = []
        async for item in self.astream(question, options, report):
            if isinstance(item, TraceEvent):
                events.append(item)
            else:
                await self.aclose()
                return item, events
        raise AssertionError


@pytest.fixture
def web_agent(radqa_agent: RadiologyAgent, live: LiveServer, tmp_path: Path) -> Asking:
    return Asking(radqa_agent, with_web(live, tmp_path))


def said(answer: Answered | Abstained) -> object:
    if isinstance(answer, Abstained):
        return answer.reason
    return answer.option, [claim.text for claim in answer.claims]


async def test_a_live_paper_answers_where_the_index_cannot(web_agent: Asking, radqa_agent: RadiologyAgent):
    assert isinstance(await radqa_agent.aask(LANTERN), Abstained)
    answer, _ = await web_agent.answer(LANTERN)
    assert isinstance(answer, Answered)
    assert "lantern kidney sign" in answer.claims[0].text
    assert answer.sources[0].url == "https://doi.org/10.5555/radqa.4"
    assert answer.confidence.level == "low"
    assert any("live sources only" in limitation for limitation in answer.limitations)


async def test_a_single_teaching_case_does_not_lead_before_judged_work_and_topics(web_agent: Asking):
    answer, _ = await web_agent.answer(PYELONEPHRITIS)
    assert isinstance(answer, Answered)
    assert "xanthogranulomatous" in answer.claims[0].text.lower()
    assert answer.sources[0].kind in ("article", "topic")


async def test_a_guideline_stands_and_a_newer_trial_is_added(web_agent: Asking, radqa_agent: RadiologyAgent):
    alone = await radqa_agent.aask(NODULE)
    answer, _ = await web_agent.answer(NODULE)
    assert isinstance(answer, Answered)
    assert isinstance(alone, Answered)
    texts = [claim.text for claim in answer.claims]
    assert texts[: len(alone.claims)] == [claim.text for claim in alone.claims]
    assert "2024" in texts[-1]
    assert answer.confidence.score == alone.confidence.score
    assert answer.sources[0].kind == "guideline"


async def test_a_retracted_paper_is_named_and_supports_nothing(web_agent: Asking):
    answer, events = await web_agent.answer(NODULE)
    assert all("no follow-up at all" not in claim.text for claim in answer.claims)
    assert any("retracted paper" in limitation for limitation in answer.limitations)
    assert all(item.passage.document_id != "pubmed:90000003" for item in answer.evidence)
    assert any(event.detail.startswith("retracted") for event in events)


async def test_what_was_sent_where_stands_in_trace_and_provenance(web_agent: Asking, live: LiveServer):
    answer, events = await web_agent.answer(NODULE)
    sent = [event.data for event in events if event.stage == "source" and "what" in event.data]
    assert len(sent) == len(answer.provenance.sent) > 4
    paths = {request.path for request in live.requests}
    assert {entry["what"].split(" ")[0] for entry in sent} == paths
    assert "Asked live: PubMed" in str(answer)
    assert json.dumps([event.model_dump(mode="json") for event in events])


async def test_a_report_stays_here(web_agent: Asking, live: LiveServer):
    report = "Mrs Featherstone, MRN 55512345. FINDINGS: quarterstaff lesion of the spleen. Solid nodule of 7 mm in the right lung."
    await web_agent.answer("Which follow-up does the nodule need?", report=report)
    words = " ".join(request.words.lower() for request in live.requests)
    assert "nodule" in words
    assert not any(word in words for word in ("featherstone", "55512345", "quarterstaff", "spleen", "lung"))


async def test_no_log_holds_a_word_of_the_question_at_the_default_level(web_agent: Asking, live: LiveServer, caplog, capfd):
    live.faults = {"/pubmed": "500", "/europepmc": "malformed", "/searxng": "cut"}
    with caplog.at_level(logging.WARNING):
        await web_agent.answer("Which follow-up does the Erdheim-Chester nodule of Mrs Featherstone need?", report="MRN 55512345. Nodule.")
    assert live.asked("/pubmed")
    logged = f"{caplog.text} {capfd.readouterr().err} {[vars(record) for record in caplog.records]}".lower()
    assert not any(word in logged for word in ("erdheim", "chester", "nodule", "featherstone", "55512345"))


@pytest.mark.parametrize("fault", ["500", "captcha-403", "malformed", "empty-200", "cut"])
async def test_every_failure_is_a_limitation_and_an_event(web_agent: Asking, live: LiveServer, fault):
    live.faults = dict.fromkeys(("/pubmed", "/europepmc", "/clinicaltrials", "/searxng"), fault)
    answer, events = await web_agent.answer(NODULE)
    assert isinstance(answer, Answered)
    for source in ("PubMed", "Europe PMC", "ClinicalTrials.gov", "SearXNG"):
        assert sum(limitation.startswith(f"{source}:") for limitation in answer.limitations) == 1
        assert any(event.stage == "source" and event.data.get("error") and event.data["source"] == source for event in events)


async def test_dead_sources_do_not_delay_beyond_the_budget(radqa_agent: RadiologyAgent, live: LiveServer, tmp_path):
    live.faults = {"/pubmed": "slow", "/searxng": "slow"}
    asking = Asking(radqa_agent, with_web(live, tmp_path, seconds=1.0))
    started = time.monotonic()
    alone = await radqa_agent.aask(NODULE)
    spent = time.monotonic() - started
    started = time.monotonic()
    answer, _ = await asking.answer(NODULE)
    assert said(alone)[1][0] == said(answer)[1][0]
    assert time.monotonic() - started < spent + 2.0
    assert sum("within 1 s" in limitation for limitation in answer.limitations) == 2


async def test_offline_sends_nothing(radqa_agent: RadiologyAgent, live: LiveServer, tmp_path):
    answer, _ = await Asking(radqa_agent, with_web(live, tmp_path, offline=True)).answer(NODULE)
    assert isinstance(answer, Answered)
    assert live.requests == []
    assert answer.provenance.sent == ()
    assert any("offline" in limitation for limitation in answer.limitations)


async def test_keeps_what_answered_where_its_licence_allows(radqa_agent: RadiologyAgent, live: LiveServer, tmp_path):
    asking = Asking(radqa_agent, with_web(live, tmp_path, keep=tmp_path / "kept"))
    answer, _ = await asking.answer(PYELONEPHRITIS)
    assert any("Kept Xanthogranulomatous" in note for note in answer.provenance.notes)
    document = next(read(next((tmp_path / "kept").glob("*.md"))))
    assert document.source.licence == "CC BY"
    assert document.source.kind == "article"
    answer, _ = await asking.answer(LANTERN)
    assert any("Not kept" in note for note in answer.provenance.notes)


_ALONE: dict[str, Answered | Abstained] = {}


@pytest.mark.parametrize("hostile", hostile_pages(), ids=lambda item: item.name)
async def test_a_hostile_page_does_not_change_the_answer(hostile, radqa_agent, live, tmp_path, request):
    asking = Asking(radqa_agent, with_web(live, tmp_path, sources=("searxng",)))
    live.pages, live.results = {"/hostile": hostile.html}, [f"http://{SITE}:{live.port}/hostile"]
    question, options = QUESTIONS[hostile.question]
    alone = _ALONE.get(question) or await radqa_agent.aask(question, options)
    _ALONE[question] = alone
    answer, events = await asking.answer(question, options)
    assert said(answer) == said(alone)
    assert len(live.asked("/hostile")) == 1
    if isinstance(answer, Answered):
        assert answer.confidence.score == alone.confidence.score
    shown = f"{answer.model_dump_json()} {answer} {' '.join(event.model_dump_json() for event in events)}"
    assert "evil.test" not in shown
    assert "SECRETWORD" not in shown or hostile.name == "tag-characters"


async def test_a_web_page_that_disagrees_is_named_and_not_followed(radqa_agent: RadiologyAgent, live: LiveServer, tmp_path):
    poison = next(item for item in hostile_pages() if item.name == "poisoned-months")
    asking = Asking(radqa_agent, with_web(live, tmp_path, sources=("searxng",)))
    live.pages, live.results = {"/hostile": poison.html}, [f"http://{SITE}:{live.port}/hostile"]
    answer, _ = await asking.answer(NODULE)
    assert any("disagrees with the answer" in limitation for limitation in answer.limitations)


def thinking(request: dict) -> Reply:
    """A model that follows whatever it reads: it repeats the first line of the evidence."""
    if request["response_format"]["json_schema"]["name"] == "Queries":
        return Reply(json.dumps({"queries": ["pulmonary nodule follow-up"]}))
    return Reply(json.dumps({"sentences": [{"text": "CT at 6-12 months, then CT at 18-24 months.", "evidence": [1]}]}))


@pytest.mark.parametrize(
    "name", ["order-plain", "poisoned-repeated", "fake-guideline", "fake-table", "hidden-white", "poisoned-months", "h-nodule-unit"]
)
async def test_a_model_reads_the_same_prompt_with_a_hostile_page_as_without(name, radqa_agent, live: LiveServer, tmp_path):
    hostile = next(item for item in (*hostile_pages(), *hostile_pages("heldout")) if item.name == name)
    live.pages, live.results = {"/hostile": hostile.html}, [f"http://{SITE}:{live.port}/hostile"]
    prompts: list[list[str]] = []
    for on in (False, True):
        seen: list[str] = []

        def script(request: dict, seen: list[str] = seen) -> Reply:
            seen.append(json.dumps(request["messages"]))
            return thinking(request)

        with chat_server(script) as server:
            web = settings_for(live, tmp_path / "web", on=on, sources=("searxng",)).model_dump(exclude={"pubmed_key", "openfda_key"})
            asking = RadiologyAgent(load(web=web, base_url=server.url, model_retries=0), index=radqa_agent.index)
            async for _ in asking.astream(NODULE):
                pass
            await asking.aclose()
        prompts.append(seen)
    assert prompts[0] == prompts[1]
    assert len(live.asked("/hostile")) == 1


def test_nothing_of_the_web_is_imported_unless_it_is_on(small_index_folder):
    code = (
        "import sys; from agent.app import RadiologyAgent; from agent.settings import load; import agent.cli, agent.commands.doctor\n"
        f"print(RadiologyAgent(load(index={str(small_index_folder)!r}, embedding='hash', reader='words', threshold=0.3)).ask('Follow-up of a 7 mm nodule?').kind)\n"
        "print([name for name in sys.modules if name.startswith(('retrievers.web', 'hishel', 'protego', 'trafilatura', 'stamina'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_ask_with_web_on_the_command_line(live: LiveServer, tmp_path, monkeypatch, small_index_folder):
    for name, value in {
        "ENDPOINTS": json.dumps(live.endpoints), "ALLOW_ADDRESSES": json.dumps([f"127.0.0.1:{live.port}"]), "CACHE": str(tmp_path / "c"),
        "SOURCES": '["pubmed"]', "CONTACT": "a@example.org",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"RADQA_WEB__{name}", value)
    monkeypatch.setenv("RADQA_EMBEDDING", "hash")
    monkeypatch.setenv("RADQA_READER", "words")
    asked = ["ask", PYELONEPHRITIS, "--index", str(small_index_folder), "--json"]
    done = CliRunner().invoke(agent.cli.app, [*asked, "--web"])
    assert done.exit_code == 0, done.output
    assert any("PubMed" in line for line in json.loads(done.stdout.splitlines()[-1])["provenance"]["sent"])
    assert CliRunner().invoke(agent.cli.app, asked).exit_code == 0
    before = len(live.requests)
    CliRunner().invoke(agent.cli.app, [*asked, "--no-web"])
    assert len(live.requests) == before


def test_add_url_keeps_a_page_with_its_address(live: LiveServer, tmp_path, monkeypatch):
    monkeypatch.setenv("RADQA_WEB__ALLOW_ADDRESSES", json.dumps([f"127.0.0.1:{live.port}"]))
    monkeypatch.setenv("RADQA_WEB__CACHE", str(tmp_path / "c"))
    done = CliRunner().invoke(
        agent.cli.app, ["corpus", "add-url", f"http://{SITE}:{live.port}/articles/bosniak", "--out", str(tmp_path / "mine"), "--json"]
    )
    assert done.exit_code == 0, done.output
    kept = json.loads(done.stdout)
    document = next(read(Path(kept["file"])))
    assert document.source.title == "Bosniak classification"
    assert document.source.url.startswith(f"http://{SITE}")
    assert document.source.kind == "web"
    assert document.source.licence == "not stated"
    assert "live" not in document.source.metadata
    assert "followed up with imaging" in document.text


@pytest.mark.parametrize("url", ["file:///etc/passwd", "no address", "http://", "http://user:pw@example.org/x"])
def test_add_url_refuses_what_is_no_page(url, tmp_path):
    done = CliRunner().invoke(agent.cli.app, ["corpus", "add-url", url, "--out", str(tmp_path)])
    assert done.exit_code != 0
    assert not list(tmp_path.glob("*.md"))
