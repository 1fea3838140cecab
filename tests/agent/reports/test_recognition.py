"""What is a finding beyond the words of `kinds.toml`: concepts, sizes that are findings, items of lists, one word for several findings."""

import pytest

from agent.reports import linked, measured
from agent.reports.reading import read
from agent.reports.vocabulary import checked
from corpora.concepts.linker import linker
from corpora.errors import MalformedDocument


def found(text):
    return [(one.kind, one.organ, one.side) for one in read(f"CT\nFINDINGS:\n{text}", masked=False).findings]


def cui(term):
    return linker().link(term)[0].cui


@pytest.mark.parametrize(
    ("term", "kind", "organ"),
    [
        ("myocarditis", "inflammation", "heart"),
        ("glioblastoma", "mass", ""),
        ("splenomegaly", "dilatation", "spleen"),
        ("hydroureter", "hydronephrosis", "kidney"),
    ],
)
def test_a_concept_has_the_kind_and_organ_of_its_words_or_ancestors(term, kind, organ):
    assert linked.kind_of(cui(term)) == kind
    assert not organ or linked.organ_of(cui(term)) in (organ, "ureter")


def test_what_no_image_shows_is_no_finding():
    assert linked.is_unseen(cui("dysarthria"))
    assert not linked.is_unseen(cui("glioblastoma"))
    assert found("Dysarthria.") == []


def test_an_organ_beyond_its_cards_limit_is_a_finding_and_one_below_is_none():
    assert found("Spleen measures 15.2 cm.") == [("dilatation", "spleen", "")]
    assert found("Spleen measures 11 cm.") == []
    assert found("The ascending aorta measures 44 mm.") == [("dilatation", "aorta", "")]


def test_an_organ_that_the_sentence_calls_something_itself_is_found_once():
    assert found("The spleen is enlarged at 15.2 cm.") == [("dilatation", "spleen", "")]


def test_each_limit_is_quoted_from_its_card(monkeypatch):
    strange = measured.Limits(organs=(measured.limits()[0].model_copy(update={"quote": "no card says this"}),))
    monkeypatch.setattr(measured, "checked", lambda form, name: strange)
    measured.limits.cache_clear()
    with pytest.raises(MalformedDocument, match="no card says this"):
        measured.limits()
    monkeypatch.undo()
    measured.limits.cache_clear()
    assert measured.limits()


def test_a_concept_file_that_names_an_unknown_concept_is_refused(monkeypatch):
    real = checked(linked.Ancestors, "concepts.toml")
    strange = real.model_copy(update={"kinds": {"mass": ("No Such Concept",)}})
    monkeypatch.setattr(linked, "checked", lambda form, name: strange)
    linked._ancestors.cache_clear()
    with pytest.raises(MalformedDocument, match="No Such Concept"):
        linked._ancestors()
    monkeypatch.undo()
    linked._ancestors.cache_clear()


def test_items_of_a_list_are_what_the_list_is_of():
    report = read("CT CHEST\nFINDINGS:\nNodules:\n1. RML, part-solid, 11 mm.\n2. LLL, solid, 4 mm.\nOther: no effusion.", masked=False)
    assert [(one.kind, one.side, one.size.largest) for one in report.findings] == [("nodule", "right", 11), ("nodule", "left", 4)]


def test_two_sizes_with_two_places_are_two_findings():
    report = read("CT CHEST\nFINDINGS:\nTwo solid nodules, 5 mm RUL and 4 mm LLL.", masked=False)
    assert [(one.side, one.size.largest) for one in report.findings] == [("right", 5), ("left", 4)]


def test_findings_named_on_both_sides_are_bilateral():
    assert found("Filling defects in the right and left lower lobe pulmonary arteries.")[0][2] == "bilateral"


def test_dictation_without_stops_is_cut_where_a_statement_begins():
    text = (
        "the liver is enlarged and of coarse echotexture there is a 2 cm hyperechoic lesion in the right lobe "
        "the gallbladder contains sludge the spleen is enlarged at 14.5 cm there is moderate ascites"
    )
    kinds = [kind for kind, _, _ in found(text)]
    assert {"lesion", "debris", "ascites"} <= set(kinds)
    assert kinds.count("dilatation") == 2


def test_little_words_typed_short_are_read():
    assert found("Dilated small bowel w/ bilat pleural effusions.") == [("dilatation", "bowel", ""), ("effusion", "pleura", "bilateral")]


def test_restricted_diffusion_is_an_infarct_in_the_brain_only():
    assert found("Restricted diffusion in the left thalamus.") == [("infarct", "brain", "left")]
    assert found("The terminal ileum shows restricted diffusion.") == []
