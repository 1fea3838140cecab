"""Each shape of an answer is shown as what it is."""

from html import unescape

import pytest

from agent.types import OWN_MARK, Answered, Choice, Citation, Claim, Confidence, Evidence, Question
from tests.conftest import passage
from ui import markup, shapes, view

HEADER = ("number", "size", "risk", "follow-up")
LOW = passage("| single | 6-8 mm | low | CT at 12 months |", "nodules", header=HEADER, title="Nodules", results=("follow-up",))
HIGH = passage("| single | 6-8 mm | high | CT at 6 months |", "nodules", header=HEADER, title="Nodules", results=("follow-up",))
UIP = passage("Honeycombing at the bases.", "uip", title="UIP")
NSIP = passage("Subpleural sparing is typical.", "nsip", title="NSIP")


def evidence(one):
    return Evidence.of(one, one.text, facet_id="answer", relevance=0.9)


def answered(question, shape, *told, **more):
    """An answer of sentences, each with the passage that it rests on."""
    items = [evidence(one) for _, one in told]
    claims = tuple(
        Claim(text=text, citations=(Citation.to(item, number),), role="answer" if number == 1 else "background")
        for number, ((text, _), item) in enumerate(zip(told, items, strict=True), 1)
    )
    sure = Confidence(score=0.9, level="high", why="read")
    return Answered(question=Question.of(question), shape=shape, claims=claims, evidence=tuple(items), confidence=sure, **more)


def test_a_comparison_stands_in_two_columns():
    made = answered(
        "UIP or NSIP on HRCT, how do I tell?", "comparison", ("UIP shows honeycombing.", UIP), ("Subpleural sparing is typical.", NSIP)
    )
    shown = view.of(made)
    assert [(side.name, [one.text for one in side.sentences]) for side in shown.sides] == [
        ("UIP", ["UIP shows honeycombing."]),
        ("NSIP", ["Subpleural sparing is typical."]),
    ]
    page = markup.answer(shown, "k")
    assert page.index("<h3>UIP</h3>") < page.index("honeycombing") < page.index("<h3>NSIP</h3>") < page.index("sparing")


def test_a_comparison_of_which_one_side_has_no_sentence_is_told_in_order():
    shown = view.of(answered("UIP or NSIP?", "comparison", ("UIP shows honeycombing.", UIP), ("Honeycombing at the bases.", UIP)))
    assert shown.sides == ()
    assert len(shown.sentences) == 2


@pytest.mark.parametrize(
    ("said", "lead", "rest"), [("Yes: a group II agent.", "Yes", "A group II agent."), ("No: eGFR is too low.", "No", "eGFR is too low.")]
)
def test_yes_or_no_comes_first(said, lead, rest):
    shown = view.of(answered("Can I?", "yes-no", (said, UIP)))
    assert (shown.lead, shown.sentences[0].text) == (lead, rest)
    page = markup.answer(shown, "k")
    assert page.index(f'<p class="rq-lead">{lead}</p>') < page.index(rest.split()[0])


def test_the_number_comes_first_and_only_where_there_is_one():
    one = answered("sensitivity of ultrasound?", "number", ("The sensitivity is 91% in children.", UIP))
    two = answered("sensitivity of ultrasound?", "number", ("The sensitivity is 91%, the specificity 97%.", UIP))
    assert (view.of(one).lead, view.of(two).lead) == ("91%", "")
    assert view.of(one).sentences[0].text == "The sensitivity is 91% in children."
    performance = passage("| ultrasound | 76% | 94% | 284 adults |", "us", header=("test", "sensitivity", "specificity", "population"))
    asked = answered("sensitivity of ultrasound?", "number", ("The sensitivity is 76%, the specificity 94%.", performance))
    assert view.of(asked).lead == "76%"
    row = answered("When is CT due for 7 mm?", "number", ("At low risk CT follows at 12 months or 2 years.", LOW))
    assert view.of(row).lead == "CT at 12 months"


def test_what_the_answer_depends_on_stands_side_by_side():
    open_ = (Choice(condition="risk", choices=("low", "high")),)
    made = answered("Follow-up for 7 mm?", "depends", ("CT at 12 months.", LOW), ("CT at 6 months.", HIGH), depends=open_)
    shown = view.of(made)
    assert [(case.given, case.sentence.text) for case in shown.cases] == [(("low",), "CT at 12 months."), (("high",), "CT at 6 months.")]
    whom = made.claims[0].model_copy(update={"text": "Given for risk low.", "role": "condition"})
    longer = view.of(made.model_copy(update={"claims": (made.claims[0], whom, made.claims[1])}))
    assert [case.sentence.text for case in longer.cases] == ["CT at 12 months. Given for risk low.", "CT at 6 months."]
    page = markup.answer(shown, "k")
    assert "It depends on risk" in page
    assert page.index(">low<") < page.index("12") < page.index(">high<")
    assert "Otherwise" not in page


def test_a_list_is_a_list_whose_entries_are_named():
    items = (("Abscess restricts diffusion.", passage("| abscess | restricts |", "ring", header=("cause", "apart"), results=("apart",))),
             ("The rim is thick.", passage("| glioma | thick rim |", "ring2", header=("cause", "apart"), results=("apart",))))  # fmt: skip
    page = markup.answer(view.of(answered("ring enhancing lesion ddx", "list", *items)), "k")
    assert page.count("<li>") == 2
    assert "<b>Abscess</b> restricts" in page
    assert "<b>glioma:</b> The rim is" in page


def test_a_filled_in_condition_is_told_from_a_follow_up():
    asked = shapes.filled_in("Follow-up for 7 mm?", "risk", "high")
    assert asked == "Follow-up for 7 mm, risk: high?"
    assert shapes.is_filled_in("risk: high", asked)
    assert not shapes.is_filled_in("And at high risk?", asked)


def test_own_knowledge_looks_different_and_says_so():
    made = answered("UIP?", "answer", ("UIP shows honeycombing.", UIP))
    made = made.model_copy(
        update={"claims": (*made.claims, Claim(text="It is common.", basis="own")), "support": "mixed", "open": ("its cause",)}
    )
    page = unescape(markup.answer(view.of(made), "k"))
    assert page.count("rq-basis-own") == 1
    assert OWN_MARK.strip("()") in page
    assert "the marked ones are the model's own knowledge" in page
    assert page.index("Open:") < page.index("its cause")


def test_five_passages_of_one_source_are_one_chip():
    parts = [passage(f"Sentence {number}.", f"s{number}", title="One") for number in range(5)]
    claim = Claim(text="All of it.", citations=tuple(Citation.to(evidence(one), 1) for one in (*parts, parts[0])))
    made = answered("What?", "answer", ("x", UIP)).model_copy(update={"claims": (claim,), "evidence": tuple(map(evidence, parts))})
    (chip,) = view.of(made).sentences[0].chips
    assert len(chip.further) == 4
    page = markup.answer(view.of(made), "k")
    assert page.count('class="rq-chip"') == 1
    assert page.count("<mark>") == 5
    assert "5 passages" in page


def test_background_of_one_source_has_one_chip():
    parts = [passage(f"Sentence {number}.", f"s{number}", title="One") for number in range(6)]
    items = tuple(map(evidence, parts))
    numbers = (1, 2, 2, 2, 3, 3)
    claims = tuple(
        Claim(text=item.quote, citations=(Citation.to(item, number),), role="answer" if at == 0 else "background")
        for at, (item, number) in enumerate(zip(items, numbers, strict=True))
    )
    page = markup.answer(view.of(answered("What?", "answer", ("x", UIP)).model_copy(update={"claims": claims, "evidence": items})), "k")
    assert page.count('class="rq-chip"') == 3
    assert page.count("<mark>") == 6
    assert page.count('class="rq-note"') == 2


def test_a_source_without_an_address_says_so():
    page = markup.answer(
        view.of(
            answered(
                "What?",
                "answer",
                ("Honeycombing.", UIP.model_copy(update={"source": UIP.source.model_copy(update={"url": "javascript:x"})})),
            )
        ),
        "k",
    )
    assert "no address that can be opened" in page
    assert "javascript" not in page
