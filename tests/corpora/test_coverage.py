"""The list of titles by group, and which disease cards are looked up most."""

from corpora.coverage import TITLES, commonest, titles
from corpora.readers import topics


def listed(folder, text):
    path = folder / "titles.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_titles_place_is_that_within_its_group(tmp_path):
    found = titles(listed(tmp_path, "# Chest\nSarcoidosis\nSilicosis\n\n# Neuro\nGlioblastoma\n"))
    assert [(title.text, title.line, title.place) for title in found] == [
        ("Sarcoidosis", 2, 0.0),
        ("Silicosis", 3, 0.5),
        ("Glioblastoma", 6, 0.0),
    ]


def test_disease_cards_come_by_the_best_place_of_what_they_cover():
    path = TITLES
    first = commonest(60, path)
    assert len(first) == len(set(first)) == 60
    assert first == commonest(250, path)[:60]
    places = {title.text: title.place for title in titles(path)}
    matters = {card.stem: topics.read_matter(card)[0] for card in topics.FOLDER.glob("*/*.md")}
    best = [min(places[title] for title in matters[name].covers if title in places) for name in first]
    assert best == sorted(best)
    assert {matters[name].kind for name in first} == {"disease"}


def test_every_group_of_the_packaged_list_has_titles():
    found = titles()
    assert len(found) == len({title.text for title in found}) == 988
    assert sum(title.place == 0 for title in found) == sum(
        line.startswith("# ") for line in TITLES.read_text(encoding="utf-8").splitlines()
    )
