"""The form of topic cards: what is refused, and on which line."""

import pytest

from corpora.errors import MalformedDocument
from corpora.passages import split
from corpora.readers.topics import ORGANISATION, REQUIRED, SECTIONS, covered, topic

SARCOID = """---
id: sarcoidosis
title: Pulmonary sarcoidosis
kind: disease
concepts: [C0036205]
subspecialty: chest
modality: [CT]
names: [sarcoidosis, sarcoid]
covers: [Sarcoidosis]
related: [lymphadenopathy]
sources:
  - citation: Nobody N. Test J 2020
checked: [https://example.org/sarcoid]
current: 2026-05
---

## Essentials
Sarcoidosis is a granulomatous disease of unknown cause.

## Findings
say: On {modality} sarcoidosis shows {finding}.
| modality | finding |
|---|---|
| CT | perilymphatic nodules |
| radiograph | symmetrical hilar lymph nodes |

## Differential
Lymphoma enlarges lymph nodes asymmetrically.
"""


def put(folder, text, subspecialty="chest"):
    """The card in the folder of its subspecialty; the file's path."""
    name = next(line for line in text.splitlines() if line.startswith("id:"))[4:]
    path = folder / subspecialty / f"{name}.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_card_is_a_document_whose_rows_speak(tmp_path):
    document = topic(put(tmp_path, SARCOID))
    assert (document.id, document.source.kind, document.source.topic_kind) == ("sarcoidosis", "topic", "disease")
    assert document.source.organisation == ORGANISATION
    assert document.source.year == 2020
    assert document.source.aliases == ("sarcoidosis", "sarcoid")
    spoken = [passage.spoken for passage in split(document) if passage.is_row]
    assert spoken == ["On CT sarcoidosis shows perilymphatic nodules.", "On radiograph sarcoidosis shows symmetrical hilar lymph nodes."]


@pytest.mark.parametrize(
    ("old", "new", "reason", "line"),
    [
        ("title: Pulmonary sarcoidosis", "title: x", "title", 3),
        ("kind: disease", "kind: miracle", "kind", 4),
        ("subspecialty: chest", "subspecialty: dentistry", "subspecialty", 6),
        ("modality: [CT]", "modality: [Xylophone]", "modality", 7),
        ("names: [sarcoidosis, sarcoid]", "names: []", "names", 8),
        ("  - citation: Nobody N. Test J 2020", "  - citation: me", "sources", 11),
        ("https://example.org/sarcoid", "ftp://example.org", "not a public address", 13),
        ("https://example.org/sarcoid", "https://staging.example.org/x", "not a public address", 13),
        ("current: 2026-05", "current: May", "current", 14),
        ("## Differential", "## Miracles", "no section 'Miracles'", 16),
        ("## Differential\nLymphoma", "## Signs\nLymphoma", "'Differential' is missing", 16),
        ("## Differential", "## Findings\nNodules.\n\n## Differential", "stands twice", 16),
        ("say: On {modality} sarcoidosis shows {finding}.\n", "", "no `say:` line", 23),
        ("{finding}.", "{colour}.", "names {colour}", 24),
        ("{finding}.", "{finding}", "full stop", 24),
        ("On {modality} sarcoidosis shows {finding}.", "Sarcoidosis shows nodules.", "{column} fields", 24),
        ("| CT | perilymphatic nodules |", "| CT | perilymphatic nodules | more |", "3 cells, its header 2", 24),
        ("| CT | perilymphatic nodules |", "| CT |  |", "empty cell", 24),
        ("Lymphoma enlarges", "It enlarges", "begins with 'It'", 28),
        ("Lymphoma enlarges", "This enlarges", "begins with 'This'", 28),
        ("Lymphoma enlarges lymph nodes asymmetrically.", "say: On {modality}.", "`say:` line without its table", 28),
    ],
)
def test_what_breaks_the_form_is_refused_with_its_line(tmp_path, old, new, reason, line):
    assert old in SARCOID
    path = put(tmp_path, SARCOID.replace(old, new))
    with pytest.raises(MalformedDocument) as caught:
        topic(path)
    assert reason in caught.value.reason
    assert (caught.value.path, caught.value.line) == (str(path), line)


@pytest.mark.parametrize(("name", "folder", "reason"), [("other.md", "chest", "the file is named"), ("sarcoidosis.md", "neuro", "folder")])
def test_a_card_stands_under_its_id_in_the_folder_of_its_subspecialty(tmp_path, name, folder, reason):
    path = tmp_path / folder / name
    path.parent.mkdir()
    path.write_text(SARCOID, encoding="utf-8")
    with pytest.raises(MalformedDocument, match=reason):
        topic(path)


def test_what_is_required_of_a_kind_is_allowed_to_it():
    assert REQUIRED.keys() == SECTIONS.keys()
    assert all(set(REQUIRED[kind]) <= set(SECTIONS[kind]) for kind in SECTIONS)


def test_the_titles_that_cards_say_they_carry_are_known(tmp_path):
    put(tmp_path, SARCOID)
    assert covered(tmp_path) == {"Sarcoidosis"}
