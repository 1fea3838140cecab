"""The pages' logic, without a browser."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from agent.types import Choice, TraceEvent
from tests.conftest import CARD
from tests.ui.conftest import QUESTION
from ui import access, documents, replays, session
from ui.choices import Choices
from ui.screens import chat
from ui.store import Turn

APP = Path(__file__).parents[2] / "ui" / "app.py"


def listen(monkeypatch, address):
    """Make the pages believe that the server listens there."""
    option = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: address if name == "server.address" else option(name))


@pytest.fixture
def office(tmp_path, small_index_folder, monkeypatch):
    monkeypatch.setenv("RADQA_INDEX", str(small_index_folder))
    monkeypatch.setenv("RADQA_EMBEDDING", "hash")
    monkeypatch.setenv("RADQA_READER", "words")
    monkeypatch.setenv("RADQA_THRESHOLD", "0.3")
    monkeypatch.setenv(access.DATA_VARIABLE, str(tmp_path / "chat"))
    monkeypatch.setenv(access.PEOPLE_VARIABLE, "one")
    monkeypatch.setenv("HOME", str(tmp_path))
    listen(monkeypatch, "127.0.0.1")
    st.cache_resource.clear()
    made = session.desk()
    yield made
    made.close()
    st.cache_resource.clear()


@pytest.fixture
def app(office):
    return AppTest.from_file(APP, default_timeout=60).run()


def page(name: str, how: str = "local") -> AppTest:
    """One page alone, for the local person; another one after `session_state["elsewhere"]` was set to its name."""

    def script(name: str, how: str) -> None:
        from importlib import import_module

        import streamlit as st

        from ui.access import Person

        st.session_state.person = Person(key="local", how=how)
        st.session_state.setdefault("pages", {})
        import_module(f"ui.screens.{st.session_state.get('elsewhere', name)}").page()

    return AppTest.from_function(script, default_timeout=60, args=(name, how)).run()


def shown(app: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in app.get("html") if hasattr(element.proto, "body"))


def button(app: AppTest, text: str):
    return next(one for one in app.button if re.sub(r"\\(.)", r"\1", one.label) == text)


def unfolded(app: AppTest, key: str) -> AppTest:
    """The page with one of its parts open."""
    app.session_state[key] = True
    return app.run()


def asked(app: AppTest, text: str) -> AppTest:
    return app.chat_input[0].set_value(text).run()


def test_the_first_start_shows_examples_and_the_disclaimer(app):
    assert not app.exception
    assert "Ask a radiology question" in shown(app)
    labels = [one.label.replace("\\", "") for one in app.button]
    assert any("7 mm solid nodule" in label for label in labels)
    assert len([one for one in app.button if (one.key or "").startswith("try-")]) >= 4
    assert any("does not replace" in caption.value for caption in app.caption)


def test_a_question_is_answered_cited_and_kept(app, office):
    asked(app, QUESTION)
    assert not app.exception
    assert "CT at 6-12 months, then CT at 18-24" in shown(app)
    assert 'class="rq-chip"' in shown(app)
    (conversation,) = office.store.conversations("local")
    assert conversation.turns == 1
    assert app.query_params["c"] in (conversation.id, [conversation.id])


def test_an_answer_that_comes_while_the_thread_is_read_is_shown(app, office, monkeypatch):
    read = office.store.turns

    def read_just_before_the_end(person, conversation):
        found = read(person, conversation)
        while any(office.run(person, turn.id) for turn in found):
            time.sleep(0.01)
        return found

    monkeypatch.setattr(office.store, "turns", read_just_before_the_end)
    asked(app, QUESTION)
    assert "CT at 6-12 months, then CT at 18-24" in shown(app)


def test_a_reload_finds_the_conversation(app, office):
    asked(app, QUESTION)
    again = AppTest.from_file(APP, default_timeout=60)
    again.query_params["c"] = office.store.conversations("local")[0].id
    again.run()
    assert "CT at 6-12 months" in shown(again)
    other = AppTest.from_file(APP, default_timeout=60)
    other.query_params["c"] = "not-a-conversation"
    other.run()
    assert "Ask a radiology question" in shown(other)
    assert "it was deleted" in other.warning[0].value
    assert not other.run().warning


def test_the_browsers_back_button_opens_what_was_open_before(app, office):
    asked(app, QUESTION)
    first = office.store.conversations("local")[0].id
    button(app, "New question").click().run()
    asked(app, "Which Bosniak class has a smooth enhancing wall of 4 mm?")
    second = office.store.conversations("local")[0].id
    foreign = office.store.begin("somebody else", "Secret").id
    for named, opened in ((first, first), (second, second), (foreign, second), ("", None), (first, first)):
        app.query_params["c"] = named
        app.run()
        assert app.session_state["conversation"] == opened
        assert ("CT at 6-12 months" in shown(app), "Bosniak III" in shown(app)) == (opened == first, opened == second)
    app.button(key=f"open-{second}").click().run()
    assert app.session_state["conversation"] == second
    app.run()
    assert app.session_state["conversation"] == second


def test_a_conversation_stays_open_while_another_page_is_looked_at(app, office):
    asked(app, QUESTION)
    first = office.store.conversations("local")[0].id
    app.session_state["at"] = "library"
    app.query_params.clear()
    app.run()
    assert app.session_state["conversation"] == first
    assert app.query_params["c"] in (first, [first])


def test_pasted_options_are_recognised_and_chosen_from(app):
    asked(app, f"{QUESTION}\nA. CT at 3-6 months\nB. CT at 6-12 months, then CT at 18-24 months\nC. No routine follow-up")
    assert '<p class="rq-headline">B. CT at 6-12 months' in shown(app)
    assert "For and against" in shown(app)


def test_options_written_below_are_used_and_then_gone(app):
    unfolded(app, "more").text_area(key="more_options").set_value("A. CT at 3-6 months\nB. No routine follow-up").run()
    assert any("2 options recognised" in caption.value for caption in app.caption)
    asked(app, QUESTION)
    assert "For and against" in shown(app)
    assert unfolded(app, "more").text_area(key="more_options").value == ""


def test_parts_that_are_folded_away_cost_the_page_nothing(app):
    assert not app.selectbox
    assert not app.get("file_uploader")
    assert not app.text_area
    assert unfolded(app, "settings").selectbox
    assert unfolded(app, "documents").get("file_uploader")


REPORT = "FINDINGS: A single solid lung nodule of 7 mm, found by chance.\nIMPRESSION: Nodule. Heavy smoker, high risk. The quick brown fox."


def test_a_report_alone_is_read_finding_by_finding(app, office):
    asked(app, REPORT)
    assert not app.exception
    assert "Fleischner" in shown(app)
    assert "<mark>A single solid lung nodule of 7 mm, found by chance.</mark>" in shown(app)
    assert "Not understood (2)" in shown(app)
    assert office.store.conversations("local") == []


def test_an_attached_report_alone_is_read_too(app):
    app.chat_input[0].upload("report.txt", REPORT.encode(), "text/plain").run()
    assert "Fleischner" in shown(app)


def test_a_report_is_compared_with_an_earlier_one_and_asked_about(app, office):
    asked(app, REPORT)
    app.text_area(key="reading_prior").set_value("FINDINGS: A single solid lung nodule of 4 mm.").run()
    button(app, "Read").click().run()
    assert "+3 mm (+75 %)" in shown(app)
    app.button(key="ask_about").click().run()
    assert "Now ask the question" in app.warning[0].value.replace("\\", "")
    asked(app, "What follow-up does this lung nodule need?")
    assert office.store.turns("local", office.store.conversations("local")[0].id)[0].report.startswith("FINDINGS")


def test_what_cannot_be_read_is_said_and_the_box_keeps_it():
    report = page("report")
    report.text_area(key="reading_text").set_value("x" * 200_001).run()
    button(report, "Read").click().run()
    assert "200001 characters" in report.warning[0].value
    assert len(report.text_area(key="reading_text").value) == 200_001
    report.text_area(key="reading_text").set_value("   ").run()
    button(report, "Read").click().run()
    assert "empty" in report.warning[0].value


def test_a_finding_is_scored_by_hand_step_by_step():
    form = page("score")
    form.selectbox(key="score_system").select("ACR TI-RADS").run()
    assert "Possible: TR1" in shown(form)
    for name, value in (("composition", "solid"), ("echogenicity", "hypoechoic"), ("shape", "wider-than-tall"), ("margin", "smooth")):
        form.selectbox(key=f"score-acr-ti-rads-{name}").select(value)
    form.multiselect(key="score-acr-ti-rads-foci").select("none")
    form.text_input(key="score-acr-ti-rads-size").set_value("16 mm").run()
    assert "TR4 (4 points)" in shown(form)
    assert "Fine-needle aspiration" in shown(form)
    form.text_input(key="score-acr-ti-rads-size").set_value("a lot").run()
    assert form.warning
    assert not form.exception


def test_a_follow_up_stays_in_the_thread_and_shows_what_it_is_read_with(app, office):
    asked(app, QUESTION)
    asked(app, "And at low risk?")
    (conversation,) = office.store.conversations("local")
    assert conversation.turns == 2
    assert "Read as: What follow-up does a single solid lung nodule" in shown(app)


def test_what_was_read_into_a_follow_up_can_be_taken_back(app, office):
    asked(app, QUESTION)
    asked(app, "And at low risk?")
    (conversation,) = office.store.conversations("local")
    first, second = office.store.turns("local", conversation.id)
    assert f"alone-{first.id}" not in [one.key for one in app.button]
    app.button(key=f"alone-{second.id}").click().run()
    taken_back = office.store.turn("local", second.id)
    assert (taken_back.question, taken_back.read_as, taken_back.status) == ("And at low risk?", "", "answered")
    assert taken_back.answer.question.text == "And at low risk?"
    assert "Read as" not in shown(app)


def test_an_open_condition_is_filled_in_by_a_click(app, office):
    open_question = "What follow-up does a single solid lung nodule of 7 mm found by chance need?"
    asked(app, open_question)
    (conversation,) = office.store.conversations("local")
    (turn,) = office.store.turns("local", conversation.id)
    risk = Choice(condition="risk", choices=("low", "high"))
    office.store.reopen("local", turn.id)
    office.store.finish(turn.id, "answered", answer=turn.answer.model_copy(update={"depends": (risk,), "shape": "depends"}))
    app.run()
    chips = [one for one in app.button if (one.key or "").startswith("fill-")]
    assert [one.label for one in chips] == ["low", "high"]
    chips[1].click().run()
    second = office.store.turns("local", conversation.id)[-1]
    assert (second.question, second.read_as) == ("risk: high", f"{open_question[:-1]}, risk: high?")
    assert "CT at 6-12 months, then CT at 18-24" in second.plain
    assert f"alone-{second.id}" not in [one.key for one in app.button]


def test_an_abstention_is_a_state_and_not_an_error(app):
    asked(app, "What is the capital of France?")
    assert "No answer from these sources" in shown(app)
    assert "Searched for" in shown(app)
    assert not app.error


@pytest.mark.parametrize("bad", ["   ?" + "x" * 8_100, f"{QUESTION}\nA. same\nB. same"])
def test_what_cannot_be_asked_is_said_and_goes_back_into_its_box(app, office, bad):
    asked(app, bad)
    assert app.warning
    assert office.store.conversations("local") == []
    box = app.chat_input[0].proto
    assert (box.set_value, box.value) == (True, bad)
    app.run()
    assert not app.chat_input[0].proto.set_value
    asked(app, QUESTION)
    assert "CT at 6-12 months" in shown(app)
    assert not app.warning


def test_a_broken_attachment_loses_neither_the_question_nor_the_other_attachment(app, office):
    box = app.chat_input[0].set_value(QUESTION)
    box.upload("broken.pdf", b"no", "application/pdf")
    box.upload("report.txt", b"FINDINGS: A solid nodule of 7 mm.", "text/plain").run()
    assert "broken.pdf" in app.warning[0].value.replace("\\", "")
    assert app.chat_input[0].proto.value == QUESTION
    assert app.text_area(key="more_report").value == "FINDINGS: A solid nodule of 7 mm."
    assert office.store.conversations("local") == []


def test_what_was_written_below_survives_a_look_at_another_page(office):
    chat = page("chat")
    unfolded(chat, "more").text_area(key="more_report").set_value("FINDINGS: A nodule.").run()
    chat.session_state["elsewhere"] = "health"
    chat.run().run()
    chat.session_state["elsewhere"] = "chat"
    assert unfolded(chat.run(), "more").text_area(key="more_report").value == "FINDINGS: A nodule."


def test_a_broken_model_shows_its_message_and_the_next_question_works(app, socket_enabled):
    app.session_state["choices"] = Choices(thinker="other", base_url="http://127.0.0.1:9/v1", seconds=20.0)
    app.run()
    asked(app, QUESTION)
    assert "127.0.0.1:9/v1" in app.error[0].value.replace("\\", "")
    app.session_state["choices"] = Choices()
    app.run()
    button(app, "Ask again").click().run()
    assert "CT at 6-12 months" in shown(app)
    assert not app.error


def test_regenerating_and_editing(app, office):
    asked(app, QUESTION)
    asked(app, "And at low risk?")
    (conversation,) = office.store.conversations("local")
    first = office.store.turns("local", conversation.id)[0]
    app.button(key=f"again-{first.id}").click().run()
    assert [turn.status for turn in office.store.turns("local", conversation.id)] == ["answered", "answered"]
    app.button(key=f"edit-{first.id}").click().run()
    app.text_area[0].set_value("Which Bosniak class has a smooth enhancing wall of 4 mm?")
    button(app, "Ask, and delete 1 later question").click().run()
    turns = office.store.turns("local", conversation.id)
    assert [turn.question for turn in turns] == ["Which Bosniak class has a smooth enhancing wall of 4 mm?"]
    assert "Bosniak III" in shown(app)


def edited(app: AppTest, turn: str, question: str) -> AppTest:
    app.button(key=f"edit-{turn}").click().run()
    app.text_area[0].set_value(question)
    return next(one for one in app.button if one.label.startswith("Ask, and") or one.label == "Ask").click().run()


@pytest.mark.parametrize("bad", ["", "x" * 8_100, f"{QUESTION}\nA. same\nB. same", "FINDINGS: A nodule.\nIMPRESSION: Nodule."])
def test_an_edit_that_cannot_be_asked_loses_nothing(app, office, bad):
    asked(app, QUESTION)
    asked(app, "And at low risk?")
    (conversation,) = office.store.conversations("local")
    before = office.store.turns("local", conversation.id)
    edited(app, before[0].id, bad)
    assert len(app.warning) == 1
    assert office.store.turns("local", conversation.id) == before
    assert app.text_area[0].value == bad
    app.text_area[0].set_value("Which Bosniak class has a smooth enhancing wall of 4 mm?")
    button(app, "Ask, and delete 1 later question").click().run()
    assert [turn.status for turn in office.store.turns("local", conversation.id)] == ["answered"]


def test_a_report_pasted_into_an_edit_is_used(app, office):
    asked(app, QUESTION)
    (conversation,) = office.store.conversations("local")
    (turn,) = office.store.turns("local", conversation.id)
    edited(app, turn.id, "What follow-up is due?\nFINDINGS: A solid nodule of 7 mm.\nIMPRESSION: Nodule. High risk.")
    (turn,) = office.store.turns("local", conversation.id)
    assert turn.question == "What follow-up is due?"
    assert turn.report.startswith("FINDINGS")


def test_conversations_are_searched_renamed_and_deleted(app, office):
    asked(app, QUESTION)
    (conversation,) = office.store.conversations("local")
    unfolded(app, "manage").text_input(key=f"title-{conversation.id}").set_value("My **nodule**").run()
    assert office.store.conversations("local")[0].title == "My **nodule**"
    assert r"My \*\*nodule\*\*" in [one.label for one in app.button]
    button(app, "New question").click().run()
    app.text_input(key="search").set_value("zebra").run()
    assert any("No conversation" in caption.value for caption in app.caption)
    app.text_input(key="search").set_value("nodule").run()
    app.button(key=f"open-{conversation.id}").click().run()
    assert "CT at 6-12 months" in shown(app)
    unfolded(app, "manage").button(key="delete").click().run()
    assert any("1 question with its answer" in one.value for one in app.text)
    app.button(key="delete-keep").click().run()
    assert [one.id for one in office.store.conversations("local")] == [conversation.id]
    app.button(key="delete").click().run()
    app.button(key="delete-sure").click().run()
    assert office.store.conversations("local") == []
    assert "Ask a radiology question" in shown(app)


def judge(app: AppTest, turn, thumb: int, comment: str) -> None:
    this = f"{turn.id}-{int(1000 * turn.asked)}"
    app.feedback(key=f"thumb-{this}").set_value(thumb).run()
    app.text_input(key=f"comment-{this}").set_value(comment).run()


def test_an_answer_asked_for_again_starts_without_the_old_judgement(app, office):
    asked(app, QUESTION)
    (turn,) = office.store.turns("local", office.store.conversations("local")[0].id)
    judge(app, turn, 0, "wrong row")
    app.button(key=f"again-{turn.id}").click().run()
    app.run()
    assert office.store.turn("local", turn.id).feedback is None
    assert [one.value for one in app.feedback] == [None]
    assert "wrong row" not in [one.value for one in app.text_input]


def test_an_answer_stays_where_asking_again_fails(app, office, socket_enabled):
    asked(app, QUESTION)
    app.session_state["choices"] = Choices(thinker="other", base_url="http://127.0.0.1:9/v1", seconds=20.0)
    app.run()
    button(app, "Ask again").click().run()
    assert "CT at 6-12 months" in shown(app)
    assert "answer from before" in app.warning[0].value
    assert "127.0.0.1:9/v1" in app.warning[0].value.replace("\\", "")


def test_thumbs_and_comments_are_kept(app, office):
    asked(app, QUESTION)
    (turn,) = office.store.turns("local", office.store.conversations("local")[0].id)
    judge(app, turn, 0, "wrong row")
    assert office.store.turn("local", turn.id).feedback.comment == "wrong row"
    evals = page("evals")
    assert "1 answer judged, 0 helpful, 1 not." in [text.value for text in evals.text]


def test_settings_are_kept_for_the_next_start(app, office):
    next(one for one in unfolded(app, "settings").selectbox if one.label == "Preset").set_value("thorough").run()
    assert office.store.preferences("local")["preset"] == "thorough"
    again = unfolded(AppTest.from_file(APP, default_timeout=60), "settings")
    assert next(one for one in again.selectbox if one.label == "Preset").value == "thorough"
    assert any("Nothing leaves this machine" in caption.value for caption in again.caption)


def setting(app: AppTest, label: str):
    return next(one for one in [*app.selectbox, *app.toggle, *app.number_input, *app.text_input] if one.label == label)


@pytest.mark.parametrize(
    ("label", "name", "values"),
    [
        ("Web sources", "web", [True, False, True]),
        ("Preset", "preset", ["thorough", "offline", "fast"]),
        ("Answer language", "language", ["de", "fr", ""]),
        ("Seconds per question, at most", "seconds", [50, 60, 70]),
        ("Model", "thinker", ["other", "none", "other"]),
    ],
)
def test_a_setting_can_be_changed_again_and_again(app, office, label, name, values):
    unfolded(app, "settings")
    for value in values:
        setting(app, label).set_value(value).run()
        assert setting(app, label).value == value
        assert office.store.preferences("local")[name] == value
    again = unfolded(AppTest.from_file(APP, default_timeout=60), "settings")
    assert setting(again, label).value == values[-1]


def test_a_limit_is_the_presets_own_until_a_person_sets_another(app, office):
    limit = "Seconds per question, at most"
    assert setting(unfolded(app, "settings"), limit).value == 300
    for preset, seconds in (("thorough", 600), ("fast", 300), ("thorough", 600)):
        setting(app, "Preset").set_value(preset).run()
        assert setting(app, limit).value == seconds
        assert office.store.preferences("local")["seconds"] is None
    setting(app, limit).set_value(450).run()
    setting(app, "Preset").set_value("fast").run()
    assert setting(app, limit).value == 450
    setting(app, limit).set_value(300).run()
    setting(app, "Preset").set_value("thorough").run()
    assert setting(app, limit).value == 600


@pytest.mark.parametrize("how", ["signed in", "browser"])
def test_whoever_may_sit_elsewhere_names_no_address_and_starts_no_process(office, monkeypatch, how):
    monkeypatch.setattr(office, "configured", office.configured.model_copy(update={"base_url": "http://127.0.0.1:9/v1"}))
    office.store.prefer("local", Choices(thinker="other", base_url="http://10.0.0.1/v1").kept())
    own = unfolded(page("chat"), "settings")
    assert setting(own, "Model").options == ["No model", "http://127.0.0.1:9/v1", "Another ..."]
    assert button(own, "Test the connection")
    chat = unfolded(unfolded(page("chat", how), "settings"), "documents")
    assert setting(chat, "Model").options == ["No model", "http://127.0.0.1:9/v1"]
    assert chat.session_state["choices"].base_url == ""
    assert "Test the connection" not in [one.label for one in chat.button]
    said = " ".join([one.value for one in chat.caption] + [one.help for one in [*chat.selectbox, *chat.get("file_uploader")]])
    assert "on the server" in said
    assert "this machine" not in said
    assert "A new run" in shown(page("evals"))
    assert "A new run" not in shown(page("evals", how))


def test_the_question_whose_way_is_shown_can_be_changed_again_and_again(app, office):
    asked(app, QUESTION)
    asked(app, "And at low risk?")
    first, second = (turn.id for turn in office.store.turns("local", office.store.conversations("local")[0].id))
    trace = page("trace")
    for turn in (first, second, first, second):
        trace.selectbox[0].set_value(turn).run()
        assert trace.selectbox[0].value == turn


def test_the_library_is_filtered_searched_and_read(office):
    library = page("library")
    assert not library.exception
    assert any("3 of 3 documents" in caption.value for caption in library.caption)
    library.text_input(key="library_words").set_value("bosniak").run()
    first = next(one for one in library.button if (one.key or "").startswith("read-"))
    assert first.key == "read-kidney-card"
    first.click().run()
    body = shown(library)
    assert "<h1>Cystic kidney masses</h1>" in body
    assert '<th scope="col">wall thickness</th>' in body
    assert "guideline" in body


def test_the_filters_of_the_library_survive_the_reading_of_a_document(office):
    library = page("library")
    library.text_input(key="library_words").set_value("cystic kidney masses").run()
    library.multiselect(key="library_modality").set_value(["CT"]).run()
    listed = [one.value for one in library.caption]
    assert not any("3 of 3 documents" in line for line in listed)
    library.button(key="read-kidney-card").click().run()
    assert "library_words" not in [one.key for one in library.text_input]
    button(library, "Back to the list").click().run()
    assert library.text_input(key="library_words").value == "cystic kidney masses"
    assert library.multiselect(key="library_modality").value == ["CT"]
    assert [one.value for one in library.caption] == listed


@pytest.mark.parametrize("name", ["library", "concept"])
def test_a_page_that_waits_for_the_index_says_so(office, monkeypatch, name):
    said = []
    spinner = st.spinner
    monkeypatch.setattr(st, "spinner", lambda text: said.append(text) or spinner(text))
    shown_page = page(name)
    if name == "concept":
        shown_page.query_params["cui"] = "C0008350"
        shown_page.run()
    assert said == ["Getting the library ready"] * len(said) != []


def test_a_run_that_indexes_first_says_so():
    run = session.Run(Turn(id="t", conversation="c", question="q?"), "ann")
    run.indexing(3, 20)
    assert "Indexing your documents: 3 of 20 passages" in chat._progress(run, (), ready=True).step
    begun = TraceEvent(stage="understand", detail="a question")
    assert "Indexing" not in chat._progress(run, (begun,), ready=True).step


def test_own_documents_are_listed_switched_and_deleted(office):
    own = CARD.replace("6-8 mm", "6-9 mm")  # the same text again would be one source with the library's
    office.shelf("local").add("Mine", [("nodule-card.md", own.encode()), ("spacer.txt", b"A spacer text.")])
    library = page("library")
    assert not library.exception
    assert any("5 of 5 documents" in caption.value for caption in library.caption)
    (collection,) = office.shelf("local").collections()
    unfolded(library, "documents").toggle(key=f"on-{collection.id}").set_value(False).run()
    library.run()
    assert any("3 of 3 documents" in caption.value for caption in library.caption)
    library.button(key=f"drop-{collection.id}").click().run()
    assert office.shelf("local").collections()
    library.button(key=f"keep-{collection.id}").click().run()
    assert office.shelf("local").collections()
    library.button(key=f"drop-{collection.id}").click().run()
    library.button(key=f"sure-{collection.id}").click().run()
    assert office.shelf("local").collections() == ()


def test_an_upload_reports_what_went_wrong_and_takes_the_rest(app, office):
    uploader = unfolded(app, "documents").get("file_uploader")[0]
    uploader.set_value(
        [("good.md", b"# Spacer\n\nAfter a spacer the MRI is on day 14.", "text/markdown"), ("bad.pdf", b"no", "application/pdf")]
    )
    next(one for one in app.button if one.label == "Add to my documents").click().run()
    assert any("1 document added" in message.value for message in app.success)
    assert any("bad.pdf" in message.value.replace("\\", "") for message in app.error)
    assert office.shelf("local").collections()[0].documents == 1


def test_the_notes_on_an_upload_survive_a_click_while_it_is_indexed(app, office, monkeypatch):
    from streamlit.runtime.scriptrunner import RerunException
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

    clicks = [RerunException(RerunData())]

    def interrupted(*_):
        if clicks:
            raise clicks.pop()

    monkeypatch.setattr(documents, "_advance", interrupted)
    unfolded(app, "documents").get("file_uploader")[0].set_value(
        [("good.md", b"# Spacer\n\nAfter a spacer the MRI is on day 14.", "text/markdown"), ("bad.pdf", b"no", "application/pdf")]
    )
    button(app, "Add to my documents").click().run()
    assert not clicks
    unfolded(app, "documents")
    assert any("1 document added" in message.value for message in app.success)
    assert any("bad.pdf" in message.value.replace("\\", "") for message in app.error)


def test_how_it_answered_shows_the_way_and_the_ranks(app, office):
    asked(app, QUESTION)
    trace = page("trace")
    assert not trace.exception
    assert "retrieve" in shown(trace)
    assert "lexical" in shown(trace)
    assert "supported" in shown(trace)


def test_a_run_under_way_is_shown_to_every_session_and_then_as_stopped(office, monkeypatch):
    own = office.folder / "people" / "local" / "evals"
    folder = own / "core-1"
    own.mkdir(parents=True)
    (own / "core-1.pid").write_text("1")
    going = [folder]
    monkeypatch.setattr(replays, "running", lambda where: list(going) if where == own else [])
    monkeypatch.setattr(replays, "stop", lambda stopped: (going.remove(stopped), (own / "core-1.stopped").touch()))
    evals = page("evals")
    assert button(evals, "Stop the run")
    assert "core-1" not in shown(evals)
    button(evals, "Stop the run").click().run()
    evals.run()
    assert "<td>Stopped</td>" in shown(evals)
    assert not evals.error


def test_pages_without_anything_to_show_say_so(office):
    assert page("trace").info
    assert page("evals").caption
    assert page("concept").caption


def test_a_concept_shows_its_terms_and_the_passages_that_speak_of_it(office):
    concept = page("concept")
    concept.text_input(key="concept_words").set_value("gallstones").run()
    first = next(one for one in concept.button if (one.key or "").startswith("cui-"))
    first.click().run()
    assert not concept.exception
    body = shown(concept)
    assert first.key.removeprefix("cui-") in body
    assert "Gallstones cast a shadow" in body
    concept.text_input(key="concept_words").set_value("xyzzy").run()
    assert any("no such term" in info.value for info in concept.info)


def test_other_words_find_another_concept(office):
    concept = page("concept")
    concept.text_input(key="concept_words").set_value("gallstones").run()
    next(one for one in concept.button if (one.key or "").startswith("cui-")).click().run()
    concept.text_input(key="concept_words").set_value("lung nodule").run()
    assert "<h2>Gallstone" not in shown(concept)
    assert "cui" not in concept.query_params
    found = next(one for one in concept.button if (one.key or "").startswith("cui-"))
    name = found.label.replace("\\", "")
    assert "nodule" in name.casefold()
    found.click().run()
    assert f"<h2>{name}</h2>" in shown(concept)


def test_a_passage_of_a_concept_opens_its_document(office, monkeypatch):
    went = []
    monkeypatch.setattr(st, "switch_page", lambda to, query_params: went.append((to, query_params)))
    concept = page("concept")
    concept.session_state["pages"] = {"library": "library"}
    concept.text_input(key="concept_words").set_value("gallstones").run()
    next(one for one in concept.button if (one.key or "").startswith("cui-")).click().run()
    passage = next(one for one in concept.button if (one.key or "").startswith("document-"))
    passage.click().run()
    ((to, query),) = went
    assert to == "library"
    assert office.base.index.documents[query["document"]].source.title == passage.label.replace("\\", "")


def test_names_of_concepts_are_shown_as_text(office, monkeypatch):
    from ui import linking

    known = linking.named
    monkeypatch.setattr(linking, "named", lambda cuis: tuple(one.model_copy(update={"name": ":red[x] **b**"}) for one in known(cuis)))
    concept = page("concept")
    concept.text_input(key="concept_words").set_value("gallstones").run()
    labels = [one.label for one in concept.button if (one.key or "").startswith("cui-")]
    assert labels
    assert all(not re.search(r"(?<!\\)[\[*:]", label) for label in labels)


def test_health_says_what_doctor_says(office):
    from agent.commands.doctor import examine

    body = shown(page("health"))
    assert all(f">{finding.name}<" in body for finding in examine())


def test_a_person_opens_only_their_own(office, monkeypatch):
    conversation = office.store.begin("somebody else", "Secret")
    office.store.ask("somebody else", conversation.id, "A secret question?", {})
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params["c"] = conversation.id
    app.run()
    assert "secret" not in shown(app).lower()
    assert not any("Secret" in one.label for one in app.button)


def test_every_browser_is_a_person_of_its_own(office, monkeypatch):
    monkeypatch.setenv(access.PEOPLE_VARIABLE, "browsers")
    one, two = AppTest.from_file(APP, default_timeout=60).run(), AppTest.from_file(APP, default_timeout=60).run()
    assert one.session_state["person"].key != two.session_state["person"].key
    asked(one, QUESTION)
    two.run()
    assert not any("nodule of 7 mm found" in button.label for button in two.button)


def test_a_server_open_to_others_shows_nothing(office, monkeypatch):
    listen(monkeypatch, "0.0.0.0")
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert "--allow-remote" in app.error[0].value.replace("\\", "")
    assert not app.chat_input


def test_a_server_open_to_others_never_takes_two_browsers_for_one_person(office, monkeypatch):
    listen(monkeypatch, "0.0.0.0")
    monkeypatch.setenv(access.REMOTE_VARIABLE, "1")
    one, two = (AppTest.from_file(APP, default_timeout=60).run() for _ in range(2))
    assert {app.session_state["person"].how for app in (one, two)} == {"browser"}
    assert one.session_state["person"].key != two.session_state["person"].key


def test_the_library_finds_nothing_for_a_word_that_no_document_has(office):
    library = page("library")
    library.text_input(key="library_words").set_value("zzzqqq").run()
    assert any("Nothing matches" in info.value for info in library.info)


def test_hostile_text_in_titles_and_questions_stays_text(app, office):
    for text in ("<img src=x onerror=alert(1)> nodule?", "[x](javascript:alert(1)) cyst?", ":red[x] **b** $a$ nodule?"):
        button(app, "New question").click().run()
        asked(app, text)
        assert not app.exception
    body = shown(app)
    assert "<img" not in body.replace("&lt;img", "")
    assert all(not re.search(r"(?<!\\)[<\[*$:]", one.label) for one in app.button if (one.key or "").startswith("open-"))
