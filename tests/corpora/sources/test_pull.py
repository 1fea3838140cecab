import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from corpora.catalogue import NAME, Catalogue
from corpora.errors import (
    FolderBusy,
    FolderUnwritable,
    InputError,
    MalformedDocument,
    MalformedSourceResponse,
    SourceRateLimited,
    SourceRefused,
    SourceUnavailable,
)
from corpora.readers import read_path
from corpora.sources import collections
from corpora.sources.e3c import COMMIT, FOLDER, REPOSITORY
from corpora.sources.europepmc import search_query
from corpora.sources.protocol import Wanted
from corpora.sources.pull import problems, pull
from corpora.sources.wire import Wire
from tests.corpora import articles
from tests.corpora.sources.server import (
    OPENI_PATH,
    Answer,
    Article,
    reports_archive,
    serve_e3c,
    serve_europepmc,
    serve_openi,
)

pytestmark = [pytest.mark.localhost, pytest.mark.allow_hosts(["127.0.0.1"])]


def bring(served, name, folder, query="spleen", licences=None, most=2000, progress=None):
    collection = collections(served.url)[name]
    wanted = Wanted(query=query, licences=licences or collection.about.accepts, most=most)
    with Wire(name, 1000, wait_initial_s=0.01) as wire:
        return pull(collection, wanted, folder, wire, progress)


def full_text(pmcid):
    return f"/{pmcid}/fullTextXML"


def names(folder):
    return sorted(path.name for path in Path(folder).iterdir() if not path.name.startswith("."))


@pytest.fixture
def five(served):
    found = [Article(f"PMC{number}", title=f"Title {number}") for number in range(1, 6)]
    serve_europepmc(served, found)
    return found


@pytest.mark.parametrize("name", ["europepmc", "e3c", "openi"])
def test_every_collection_brings_documents_that_can_be_indexed(served, tmp_path, name):
    serve_europepmc(served, [Article("PMC1"), Article("PMC2"), Article("PMC3")])
    serve_e3c(
        served, {"layer1": {"EN1.json": articles.e3c("EN1"), "EN2.json": articles.e3c("EN2")}, "layer3": {"EN3.json": articles.e3c("EN3")}}
    )
    serve_openi(served, reports_archive({f"{number}.xml": articles.openi(number) for number in (1, 2, 3)}))
    told = []
    pulled = bring(served, name, tmp_path, progress=lambda done, total: told.append((done, total)))
    assert (pulled.kept, pulled.new, pulled.refused, pulled.failed, pulled.unreadable) == (3, 3, {}, (), ())
    assert pulled.complete
    documents = list(read_path(tmp_path))
    assert len(documents) == 3
    assert all(document.source.licence and document.source.citation and document.source.url for document in documents)
    assert problems(tmp_path) == []
    assert told[-1] == (3, 2000)
    entries = Catalogue(tmp_path).entries
    assert all(entry.licence and entry.citation and entry.title and entry.sha256 and entry.fetched_from for entry in entries)
    asked = len(served.asked)
    again = bring(served, name, tmp_path)
    assert (again.kept, again.new) == (3, 0)
    assert not any("fullTextXML" in request.path or "raw" in request.path for request in served.asked[asked:])


def test_the_search_is_made_as_documented(served, five, tmp_path):
    bring(served, "europepmc", tmp_path, query='"splenic infarction" AND CT', licences=("cc-by", "cc0"))
    searches = [asked.query for asked in served.asked if asked.path == "/search"]
    assert [search["cursorMark"] for search in searches] == ["*", "at-2", "at-4", "at-5"]
    assert searches[0]["query"] == ('("splenic infarction" AND CT) AND OPEN_ACCESS:y AND HAS_FT:y AND (LICENSE:"cc by" OR LICENSE:"cc0")')
    assert (searches[0]["resultType"], searches[0]["format"]) == ("core", "json")
    assert 'LICENSE:"cc by-nc-nd"' in search_query(Wanted(query="x", licences=("cc-by-nc-nd",)))


def test_only_so_many_are_brought(served, five, tmp_path):
    assert bring(served, "europepmc", tmp_path, most=3).kept == 3
    assert names(tmp_path) == ["PMC1.xml", "PMC2.xml", "PMC3.xml", NAME]
    assert bring(served, "europepmc", tmp_path, most=4).new == 1


def test_what_its_licence_does_not_allow_is_refused_with_the_reason(served, tmp_path):
    nc = '<license xlink:href="http://creativecommons.org/licenses/by-nc/4.0/"><license-p>x</license-p></license>'
    serve_europepmc(
        served,
        [
            Article("PMC1"),
            Article("PMC2", license="cc by-nc"),
            Article("PMC3", license=None),
            Article("PMC4", license="publisher's own"),
            Article("PMC5", license="cc by", xml=articles.jats("5", licence=nc)),
            Article("PMC6", types=("Journal Article", "Retracted Publication")),
            Article("PMC7", xml=articles.jats("7", title="RETRACTED: A title")),
            Article("PMC8", xml=articles.jats("8", licence="<license><license-p>All rights reserved.</license-p></license>")),
            Article("PMC9", xml=articles.jats("9", licence="<license><license-p>Free to read.</license-p></license>")),
            Article("not a number"),
        ],
        per_page=4,
    )
    pulled = bring(served, "europepmc", tmp_path)
    assert names(tmp_path) == ["PMC1.xml", "PMC9.xml", NAME]
    assert sum(pulled.refused.values()) == 7
    reasons = {entry.id: entry.reason for entry in Catalogue(tmp_path).entries if entry.state == "refused"}
    assert reasons["PMC2"] == "is CC BY-NC, and only cc-by, cc0 were asked for"
    assert "states no licence" in reasons["PMC3"]
    assert "'publisher's own' is no open licence" in reasons["PMC4"].replace('"', "'")
    assert reasons["PMC5"].startswith("is CC BY-NC 4.0")
    assert reasons["PMC6"] == reasons["PMC7"] == "was retracted"
    assert "All rights reserved" in reasons["PMC8"]
    assert served.times(full_text("PMC2")) == served.times(full_text("PMC3")) == 0
    kept = {document.id: document.source.licence for document in read_path(tmp_path)}
    assert kept == {"PMC1": "CC BY 4.0", "PMC9": "cc by"}
    before = (tmp_path / NAME).read_bytes()
    again = bring(served, "europepmc", tmp_path)
    assert again.refused == pulled.refused
    assert served.times(full_text("PMC5")) == 1
    assert (tmp_path / NAME).read_bytes() == before


def test_a_licence_that_is_asked_for_later_is_brought_then(served, tmp_path):
    serve_europepmc(served, [Article("PMC1", license="cc by-nc", xml=articles.jats("1", licence=""))])
    assert bring(served, "europepmc", tmp_path).kept == 0
    assert bring(served, "europepmc", tmp_path, licences=("cc-by-nc",)).new == 1
    assert next(read_path(tmp_path)).source.licence == "cc by-nc"
    narrower = bring(served, "europepmc", tmp_path)
    assert (narrower.kept, sum(narrower.refused.values())) == (0, 1)
    assert (tmp_path / "PMC1.xml").exists()


@pytest.mark.parametrize(
    "fault",
    [
        Answer(b"", 429, {"Retry-After": "0"}),
        Answer(b"", 500),
        Answer(b"", 503),
        Answer(articles.jats("2").encode(), cut=400),
        Answer(b"", cut=0, headers={"Content-Length": "10"}),
        Answer(b"<article><front></article>"),
        Answer(articles.jats("2").encode()[:900]),
    ],
    ids=["429", "500", "503", "cut", "cut at once", "malformed XML", "half the XML"],
)
def test_a_passing_fault_costs_nothing_but_time(served, five, tmp_path, fault):
    served.faults[full_text("PMC2")] = [fault, fault]
    served.faults["/search"] = [Answer(b"", 500), Answer(b'{"resultList": {', cut=5), Answer(b"<html>busy</html>")]
    pulled = bring(served, "europepmc", tmp_path)
    assert (pulled.kept, pulled.failed) == (5, ())
    assert served.times(full_text("PMC2")) == 3
    assert problems(tmp_path) == []


def test_retry_after_is_waited_for(served, five, tmp_path):
    served.faults[full_text("PMC1")] = [Answer(b"", 429, {"Retry-After": "1"})]
    bring(served, "europepmc", tmp_path)
    first, second = (asked.at for asked in served.asked if asked.path == full_text("PMC1"))
    assert second - first >= 1.0


def test_one_document_that_fails_does_not_take_the_others_down(served, five, tmp_path):
    served.faults[full_text("PMC2")] = [Answer(b"", 500)] * 6
    served.faults[full_text("PMC3")] = [Answer(b"<broken>")] * 6
    pulled = bring(served, "europepmc", tmp_path)
    assert (pulled.kept, len(pulled.failed), pulled.complete) == (3, 2, False)
    assert "500" in pulled.failed[0]
    assert "well-formed" in pulled.failed[1]
    again = bring(served, "europepmc", tmp_path)
    assert (again.kept, again.new, again.complete) == (5, 2, True)


def test_a_missing_full_text_is_refused_and_looked_for_the_next_time(served, five, tmp_path):
    route = served.routes.pop(full_text("PMC2"))
    pulled = bring(served, "europepmc", tmp_path)
    assert pulled.refused == {"answered 404 Not Found": 1}
    assert pulled.complete
    served.routes[full_text("PMC2")] = route
    assert bring(served, "europepmc", tmp_path).kept == 5


def test_a_source_that_is_down_ends_the_pull_and_says_what_is_kept(served, tmp_path):
    serve_europepmc(served, [Article(f"PMC{number}") for number in range(1, 10)])
    for number in range(2, 10):
        served.faults[full_text(f"PMC{number}")] = [Answer(b"", 403)]
    with pytest.raises(SourceUnavailable, match="5 documents in a row failed; 1 are kept"):
        bring(served, "europepmc", tmp_path)
    assert served.times(full_text("PMC7")) == 0
    assert names(tmp_path) == ["PMC1.xml", NAME]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(b'{"errMsg": "query too long"}'), SourceRefused),
        (Answer(b'{"resultList": {"result": ["x"]}}'), MalformedSourceResponse),
        (Answer(b'{"hitCount": 0}'), MalformedSourceResponse),
        (Answer(b'{"resultList": {"result": [{"pmcid": {"a": 1}}]}}'), MalformedSourceResponse),
        (Answer(b"", 400), SourceRefused),
        (Answer(b"", 429, {"Retry-After": "9999"}), SourceRateLimited),
    ],
)
def test_a_search_that_cannot_be_used_is_named(served, tmp_path, answer, error):
    served.routes["/search"] = lambda _: answer
    with pytest.raises(error, match=r"^europepmc: "):
        bring(served, "europepmc", tmp_path)


def test_a_search_that_finds_nothing_brings_nothing(served, tmp_path):
    serve_europepmc(served, [])
    assert bring(served, "europepmc", tmp_path).kept == 0


def test_a_server_that_is_not_there_is_named(served, tmp_path):
    class Gone:
        url = "http://127.0.0.1:9"

    with pytest.raises(SourceUnavailable, match="could not be read"):
        bring(Gone, "europepmc", tmp_path)


def test_nulls_tags_and_repeats_in_a_search_are_taken_as_they_are(served, tmp_path):
    serve_europepmc(served, [Article("PMC1", title="CT of <i>Echinococcus</i> &amp; more"), Article("PMC1")])
    search = served.routes["/search"]

    def with_nulls(asked):
        page = json.loads(search(asked).body)
        for row in page["resultList"]["result"]:
            row |= {"pageInfo": None, "pubTypeList": None, "commentCorrectionList": None}
        return Answer(json.dumps(page).encode())

    served.routes["/search"] = with_nulls
    pulled = bring(served, "europepmc", tmp_path)
    (entry,) = Catalogue(tmp_path).entries
    assert pulled.kept == 1
    assert entry.title == "CT of Echinococcus & more."
    assert entry.citation == "Doe J, Roe R, Poe P et al. CT of Echinococcus & more. Journal of Made-up Radiology 2021;12(3)"


def test_a_file_that_was_altered_or_removed_is_brought_again(served, five, tmp_path):
    bring(served, "europepmc", tmp_path)
    (tmp_path / "PMC1.xml").write_text("altered", encoding="utf-8")
    (tmp_path / "PMC2.xml").unlink()
    same = (tmp_path / "PMC3.xml").read_bytes()
    (tmp_path / "PMC3.xml").write_bytes(b"x" * len(same))
    assert [problem.split()[0] for problem in problems(tmp_path)] == ["PMC1.xml", "PMC2.xml", "PMC3.xml"]
    assert bring(served, "europepmc", tmp_path).new == 3
    assert problems(tmp_path) == []


def test_a_catalogue_line_that_was_cut_short_is_dropped(served, five, tmp_path):
    bring(served, "europepmc", tmp_path)
    path = tmp_path / NAME
    path.write_bytes(path.read_bytes()[:-30])
    assert bring(served, "europepmc", tmp_path).new == 1
    assert len(Catalogue(tmp_path)) == 5
    path.write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(MalformedDocument, match="line 1"):
        bring(served, "europepmc", tmp_path)


def test_two_pulls_into_one_folder_do_not_mix(served, five, tmp_path):
    go, done = threading.Event(), []
    route = served.routes[full_text("PMC2")]

    def slow(asked):
        go.wait(20)
        return route(asked)

    served.routes[full_text("PMC2")] = slow
    first = threading.Thread(target=lambda: done.append(bring(served, "europepmc", tmp_path)))
    first.start()
    try:
        while not served.times(full_text("PMC2")):
            time.sleep(0.01)
        with pytest.raises(FolderBusy, match="Another pull"):
            bring(served, "europepmc", tmp_path)
    finally:
        go.set()
        first.join()
    assert done[0].kept == 5


def test_a_folder_that_cannot_be_written_is_named(served, five, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(FolderUnwritable, match="cannot be written"):
        bring(served, "europepmc", tmp_path / "file")
    with pytest.raises(InputError, match="no catalogue"):
        problems(tmp_path)


@pytest.mark.parametrize("killed_at", ["PMC1", "PMC3", "PMC5"])
def test_a_pull_that_is_killed_goes_on_where_it_was(served, five, tmp_path, killed_at):
    served.faults[full_text(killed_at)] = [Answer(articles.jats("9").encode(), cut=500, wait_s=0.0)]
    held = threading.Event()
    route = served.routes[full_text(killed_at)]

    def hold(asked):
        held.wait(0.5)
        return route(asked)

    served.routes[full_text(killed_at)] = hold
    command = [sys.executable, "-m", "agent.cli", "corpus", "pull", "europepmc", "--query", "x", "--endpoint", served.url, "--rate", "50"]
    process = subprocess.Popen([*command, "--out", str(tmp_path)], env=os.environ | {"PYTHONPATH": os.getcwd()}, stderr=subprocess.PIPE)
    try:
        while served.times(full_text(killed_at)) < 2:
            assert process.poll() is None
            time.sleep(0.005)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    (tmp_path / ".arriving-PMC9.xml").write_text("half", encoding="utf-8")
    held.set()
    kept = [path for path in names(tmp_path) if path.endswith(".xml")]
    assert len(kept) == int(killed_at[-1]) - 1
    asked = len(served.asked)
    pulled = bring(served, "europepmc", tmp_path)
    assert (pulled.kept, pulled.new) == (5, 5 - len(kept))
    fetched = {request.path for request in served.asked[asked:]}
    assert not any(full_text(path.removesuffix(".xml")) in fetched for path in kept)
    assert problems(tmp_path) == []
    assert not list(tmp_path.glob(".arriving-*"))


def raw(layer, name):
    return f"/{REPOSITORY}/{COMMIT}/{'/'.join((*FOLDER, layer))}/{name}"


def test_an_e3c_text_is_compared_with_git_and_kept_by_its_own_licence(served, tmp_path):
    cases = {"EN1.json": articles.e3c("EN1"), "EN2.json": articles.e3c("EN2", licence="CC BY-NC 4.0"), "EN3.json": articles.e3c("EN3")}
    serve_e3c(served, {"layer2": cases})
    served.faults[raw("layer2", "EN1.json")] = [Answer(articles.e3c("EN1", text="Not what was committed.").encode())]
    served.faults[raw("layer2", "EN3.json")] = [Answer(b"broken for good")] * 6
    pulled = bring(served, "e3c", tmp_path)
    assert names(tmp_path) == ["EN1.json", NAME]
    assert pulled.refused == {"is CC BY-NC 4.0, and only cc-by, cc0 were asked for": 1}
    assert "has the checksum" in pulled.failed[0]
    assert served.times(raw("layer2", "EN1.json")) == 2


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("t-en", b'{"tree": []}', "holds no folder 'layer1'"),
        ("t-en", b'{"tree": [{"path": 1}]}', "documented format"),
        ("t-layer1", b'{"tree": [], "truncated": true}', "only a part"),
    ],
)
def test_a_repository_that_changed_is_named(served, tmp_path, path, body, reason):
    serve_e3c(served, {})
    served.routes[f"/repos/{REPOSITORY}/git/trees/{path}"] = lambda _: Answer(body)
    with pytest.raises(MalformedSourceResponse, match=reason):
        bring(served, "e3c", tmp_path)


def test_a_committed_text_that_no_reader_reads_is_left_out_and_named(served, tmp_path):
    serve_e3c(served, {"layer1": {"EN1.json": '{"id": "EN1"}', "EN2.json": articles.e3c("EN2")}})
    pulled = bring(served, "e3c", tmp_path)
    assert pulled.kept == 1
    assert pulled.unreadable[0].startswith("EN1: is JSON of no known form")
    before = (tmp_path / NAME).read_bytes()
    assert bring(served, "e3c", tmp_path).unreadable == pulled.unreadable
    assert (tmp_path / NAME).read_bytes() == before


ARCHIVE = reports_archive({f"{number}.xml": articles.openi(number) for number in range(1, 60)})


@pytest.mark.parametrize("ranges", [True, False])
def test_an_archive_whose_transfer_was_cut_is_taken_up_again(served, tmp_path, ranges):
    serve_openi(served, ARCHIVE, ranges=ranges)
    served.faults[OPENI_PATH] = [Answer(ARCHIVE, headers={"ETag": '"v1"'}, cut=len(ARCHIVE) // 2)]
    assert bring(served, "openi", tmp_path).kept == 59
    second = served.asked[1].headers
    assert second["If-Range"] == '"v1"'
    assert 0 < int(second["Range"].removeprefix("bytes=").removesuffix("-")) <= len(ARCHIVE) // 2
    assert bring(served, "openi", tmp_path).kept == 59
    assert len(served.asked) == 2


def test_parts_of_two_versions_are_not_joined(served, tmp_path):
    serve_openi(served, ARCHIVE, etag='"v2"')
    served.faults[OPENI_PATH] = [Answer(b"\0" * 5000, headers={"ETag": '"v1"', "Content-Length": "9000"}, cut=4000)]
    assert bring(served, "openi", tmp_path).kept == 59


def test_a_part_that_is_already_whole_is_fetched_anew(served, tmp_path):
    serve_openi(served, ARCHIVE)
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "NLMCXR_reports.tgz.part").write_bytes(ARCHIVE)
    (tmp_path / ".cache" / "NLMCXR_reports.tgz.version").write_text('"v1"', encoding="utf-8")
    assert bring(served, "openi", tmp_path).kept == 59


@pytest.mark.parametrize(
    "damaged", [ARCHIVE[: len(ARCHIVE) // 2], b"<html>no archive</html>", ARCHIVE[:-8] + b"\0" * 8, reports_archive({})]
)
def test_a_damaged_archive_is_thrown_away(served, tmp_path, damaged):
    serve_openi(served, damaged)
    with pytest.raises(MalformedSourceResponse, match="damaged"):
        bring(served, "openi", tmp_path)
    serve_openi(served, ARCHIVE)
    assert bring(served, "openi", tmp_path).kept == 59


def test_reports_are_refused_unless_their_licence_was_asked_for(served, tmp_path):
    serve_openi(
        served, reports_archive({"1.xml": articles.openi(1), "2.xml": articles.openi(2, findings="").replace("Cardiomegaly.<", "<")})
    )
    pulled = bring(served, "openi", tmp_path, licences=("cc-by",))
    assert pulled.refused == {"is CC BY-NC-ND 4.0, and only cc-by was asked for": 1}
    assert pulled.unreadable == ("CXR2: the report holds neither findings nor an impression",)
    assert names(tmp_path) == [NAME]


def test_an_unknown_licence_cannot_be_asked_for():
    with pytest.raises(ValueError, match="no licence under which"):
        Wanted(query="x", licences=("mine",))
