"""Every prompt of a whole run fits the model's window at 2k, 4k and 8k, whatever the question's length, and shows whole rows only."""

import json
import re

import pytest

from agent.app import RadiologyAgent
from agent.chat.packing import tokens
from agent.fakes import Reply, chat_server
from agent.settings import load

pytestmark = [pytest.mark.localhost, pytest.mark.allow_hosts(["127.0.0.1"])]

OUTPUT = 500
QUESTION = "What follow-up does a single solid lung nodule of 7 mm found by chance need at high risk?"
OPTIONS = {"A": "CT at 3-6 months", "B": "CT at 6-12 months, then CT at 18-24 months", "C": "No follow-up"}
LONG_REPORT = "The liver, spleen and kidneys are normal in size and signal. " * 900 + "A single solid lung nodule of 7 mm. Heavy smoker."
LONG_QUESTION = "A patient walked to the clinic after a long journey. " * 140 + QUESTION
SAID = {
    "Study": {"task": "next step", "core": "follow-up", "facets": [{"label": "Follow-up", "queries": ["nodule follow-up"]}]},
    "OptionStudy": {"task": "next step", "core": "follow-up", "options": [{"letter": "A", "true_if": "growth", "false_if": "stability"}]},
    "Queries": {"queries": ["other words"]},
    "Choice": {"reason": "known", "letter": "B", "evidence": []},
    "Composition": {"sentences": [{"text": "CT at 6-12 months, then CT at 18-24 months.", "evidence": [1]}]},
    "Judgement": {"verdict": "supported"},
}


def requests_of(folder, question, report="", options=None, role="quote", **more):
    def script(request):
        return Reply(json.dumps(SAID[request["response_format"]["json_schema"]["name"]]))

    with chat_server(script) as server:
        chosen = {
            "index": folder,
            "embedding": "hash",
            "reader": "words",
            "threshold": 0.0,
            "base_url": server.url,
            "output_tokens": OUTPUT,
            "verifier": "model",
            "role": role,
        }
        RadiologyAgent(load(**chosen | more)).ask(question, options, report)
        return server.requests


@pytest.mark.parametrize("window", [2048, 4096, 8192])
@pytest.mark.parametrize(
    ("question", "report", "options"),
    [(QUESTION, "", None), (QUESTION, LONG_REPORT, None), (LONG_QUESTION, "", None), (LONG_QUESTION, LONG_REPORT, OPTIONS)],
    ids=["short", "long report", "long question", "both and options"],
)
def test_every_prompt_of_a_run_fits_the_window(small_index_folder, window, question, report, options):
    made = requests_of(small_index_folder, question, report, options, context_tokens=window)
    kinds = {request["response_format"]["json_schema"]["name"] for request in made}
    assert {"OptionStudy", "Choice"} <= kinds if options else {"Study", "Composition"} <= kinds
    for request in made:
        taken = sum(tokens(message["content"]) for message in request["messages"])
        assert taken + OUTPUT <= window
        assert request.get("max_completion_tokens", request.get("max_tokens")) == OUTPUT


def test_what_a_long_report_concludes_and_a_vignette_asks_is_what_the_model_sees(small_index_folder):
    made = requests_of(small_index_folder, LONG_QUESTION, LONG_REPORT, context_tokens=2048)
    composed = next(request for request in made if request["response_format"]["json_schema"]["name"] == "Composition")
    text = composed["messages"][-1]["content"]
    assert "Heavy smoker." in text
    assert QUESTION in text
    assert "[...]" in text


@pytest.mark.parametrize("window", [2048, 8192])
def test_rows_are_shown_whole(small_index_folder, small_documents, window):
    made = requests_of(small_index_folder, QUESTION, LONG_REPORT, context_tokens=window)
    composed = next(request for request in made if request["response_format"]["json_schema"]["name"] == "Composition")
    block = re.search(r"<evidence>\n(.*?)\n</evidence>", composed["messages"][-1]["content"], re.DOTALL)[1]
    rows = [line for line in block.splitlines() if "size: " in line]
    assert rows
    assert all(re.search(r"number: .*size: .*risk: .*follow-up: \S", row) for row in rows)
