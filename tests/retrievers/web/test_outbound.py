"""What may leave: the clinical core, and of 240 made-up reports full of identifiers nothing that tells who somebody is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from corpora.types import ConceptMention
from retrievers.settings import SOURCES
from retrievers.types import Query
from retrievers.web.guard import Guard
from retrievers.web.http import Client
from retrievers.web.outbound import MOST_WORDS, outgoing
from retrievers.web.pace import Pace
from retrievers.web.voice import WebVoice
from retrievers.words import STOP, words
from tests.retrievers.web.conftest import loopback, settings_for
from tests.retrievers.web.reports import ASKED, COMMON, holds, made_up, telling, tokens
from tests.retrievers.web.server import LiveServer

KNOWN = frozenset(
    word
    for text in (
        "quarry bank nodule solid smoker heavy kidney cyst bosniak ct imaging follow-up lung-rads thyroid garden fracture baker contrast class stone disease",
    )
    for word in words(text)
)


def known(stem: str) -> bool:
    return stem in KNOWN


@pytest.mark.parametrize(
    ("question", "core"),
    [
        ("Follow-up for a 7 mm solid nodule in a heavy smoker?", ("follow-up", "solid", "nodule", "heavy", "smoker")),
        ("What should Susan Blackwood (MRN 12345678) do about a TR4 nodule of 16 mm?", ("TR4", "nodule")),
        ("JOHN MILLER HAS A BOSNIAK IIF CYST. WHAT NEXT?", ("bosniak", "IIF", "cyst")),
        ("Mr Kowalczyk's erdheim-chester disease?", ("erdheim-chester", "disease")),
        ("xanthogranulomatous pyelonephritis", ("xanthogranulomatous", "pyelonephritis")),
        ("Dr Garden asks: Garden III fracture?", ("garden", "III", "fracture")),
        ("Of 14 Quarry Bank, Ludlow: which Bosniak class?", ("bosniak", "class")),
        ("What is the capital of France?", ()),
        ("qwertz blmpf 123456", ()),
    ],
)
def test_only_the_clinical_core_leaves(question, core):
    assert outgoing(question, known=known).words == core


SURNAMES = (
    "Ingram", "Thoma", "Angiolini", "Mammadov", "Costopoulos", "Urosevic", "Neurath", "Grzelak", "Abernathy", "Milgram", "Dermody", "Lipovsky",
    "Pleurdeau", "Tomopoulos", "Neumitis", "Vasilomas", "Hypolite", "Cardiola", "Hepatova", "Ovartov",
)  # fmt: skip


@pytest.mark.parametrize("surname", SURNAMES)
def test_no_surname_leaves_by_its_form_or_before_a_word_for_a_system(surname):
    templates = (
        "Follow-up for {}, 7 mm solid nodule?", "What is next with {}'s nodule?", "for {} classification please", "{} score of a nodule?",
        "Has Zbigniew {} sequence acquired?", "{} has a nodule.", "Does {} need a CT?", "{}, 7 mm nodule",
    )  # fmt: skip
    asked = [template.format(surname) for template in templates]
    asked += [text.upper() for text in asked] + [f"what next for {surname.lower()}, 7 mm nodule", f"{surname.lower()}'s nodule"]
    left = {question: word for question in asked for word in outgoing(question, known=known).words if surname.lower() in word.lower()}
    assert left == {}


@pytest.mark.parametrize(
    ("question", "core"),
    [
        ("patient from SW1A with a solid nodule", ("solid", "nodule")),
        ("Room 12B bed 4C, kidney cyst", ("kidney", "cyst")),
        ("Is a 4A nodule a Lung-RADS 4B nodule or grade 3b?", ("4A", "nodule", "lung-rads", "4B", "3b")),
        ("Bosniak IIF, TR4, LR-3, T2b N1 M0", ("bosniak", "IIF", "TR4", "LR-3", "T2b", "N1", "M0")),
        ("Gorham disease after gadobutrol with tirabrutitumab, imaging", ("gorham", "disease", "gadobutrol", "tirabrutitumab", "imaging")),
        ("The cholangiopathy of a zolbetuximab-like neocardiopathy", ("cholangiopathy", "neocardiopathy")),
        ("CHOLANGIOCARCINOMA, IIIB", ("cholangiocarcinoma", "IIIB")),
    ],
)
def test_terms_eponyms_and_classes_leave(question, core):
    assert outgoing(question, known=known).words == core


def test_no_word_of_the_own_questions_that_the_index_knows_is_lost(radqa_agent):
    lines = (Path(__file__).parents[3] / "evals/datasets/radqa_core.jsonl").read_text(encoding="utf-8").splitlines()
    knows, lost = radqa_agent.library.knows, []
    for question in (json.loads(line)["question"] for line in lines):
        core = outgoing(question, known=knows).words
        left = {stem for word in core for stem in words(word)}
        plainly = [word for word in re.findall(r"(?<= )[a-z]{3,}(?=[ ,.?])", question) if word not in STOP and all(map(knows, words(word)))]
        lost += [word for word in plainly if len(core) < MOST_WORDS and words(word, boilerplate=True) and not set(words(word)) <= left]
    assert len(lines) > 300
    assert lost == []


def test_options_leave_their_own_words_only():
    asked = outgoing("Which class is this cyst?", ["Bosniak IIF", "Bosniak III", "Ask Mrs Featherstone"], known=known)
    assert asked.words == ("class", "cyst")
    assert asked.options == (("bosniak", "IIF"), ("bosniak", "III"))
    assert asked.masked == ("name",)


def test_a_linked_concept_leaves_by_its_name_not_by_the_words_of_the_report():
    linked = ConceptMention(text="GGO in Mr X", start=0, end=3, cui="C0000001", name="Ground-glass opacity", score=0.9)
    absent = linked.model_copy(update={"name": "Pneumothorax", "assertion": "absent"})
    assert outgoing("What next?", concepts=[linked, absent], known=known).words == ("ground-glass", "opacity")


def test_of_a_pasted_report_only_the_question_is_read():
    report = "FINDINGS: " + "solid nodule in the right kidney next to a cyst. " * 20
    assert outgoing(f"{report} Which Bosniak class applies?", known=known).words == ("bosniak", "class")


async def test_no_identifier_of_240_reports_leaves(live: LiveServer, tmp_path, monkeypatch, radqa_agent):
    monkeypatch.setattr(Pace, "wait_for_turn", lambda self: 0.0)
    settings = settings_for(live, tmp_path / "c", seconds=20, sources=SOURCES, cache_floor_s=0, contact="")
    library = radqa_agent.library
    client = Client(settings, guard=Guard(settings.allow_addresses, loopback))
    leaked, sent = [], 0
    for asked in ASKED:
        await WebVoice(settings, asked, known=library.knows, weight=library.weight, client=client).retrieve(Query(text=asked, k=5))
    plain = tokens(" ".join(f"{request.words} {request.headers}" for request in live.requests))
    for made in made_up(240):
        before = len(live.requests)
        voice = WebVoice(settings, made.question, known=library.knows, weight=library.weight, client=client)
        await voice.retrieve(Query(text=made.question, k=5))
        sent += len(voice.sent)
        left = " ".join(f"{request.words} {request.headers}" for request in live.requests[before:])
        shown = " ".join(map(str, voice.sent))
        parts = {part for secret in made.secrets for part in telling(secret)} - KNOWN - COMMON - plain
        leaked += [part for part in parts if holds(left, part) or holds(shown, part)]
    await client.aclose()
    assert len(live.requests) > 1_000
    assert sent > 1_000
    assert leaked == []
