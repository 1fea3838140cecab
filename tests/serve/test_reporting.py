"""Reports and scores over HTTP and as tools."""

from mcp import Client

from agent.reports.reading import read
from serve.mcp_server import server

REPORT = "CT chest.\nFindings: Solid nodule of 7 mm in the right upper lobe. No effusion.\nImpression: Pulmonary nodule."
THYROID = {"composition": "solid", "echogenicity": "hypoechoic", "shape": "taller-than-wide", "size": "12 mm"}


def test_a_report_over_http_is_read_as_by_hand(client):
    reply = client.post("/v1/report", json={"report": REPORT})
    assert reply.status_code == 200
    assert reply.json() == read(REPORT).model_dump(mode="json")
    assert any("nodule" in finding["name"] for finding in reply.json()["findings"])


def test_an_earlier_report_is_compared_with(client):
    reply = client.post("/v1/report", json={"report": REPORT, "prior": REPORT.replace("7 mm", "5 mm")})
    assert reply.json() == read(REPORT, REPORT.replace("7 mm", "5 mm")).model_dump(mode="json")


def test_every_system_that_is_listed_can_be_scored(client):
    for system in client.get("/v1/score/systems").json():
        reply = client.post("/v1/score", json={"system": system["name"], "features": {}})
        assert (reply.status_code, reply.json()["system"]) == (200, system["id"])
        assert system["features"]


def test_what_cannot_be_scored_is_refused(client):
    unknown = client.post("/v1/score", json={"system": "nothing of the kind"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (422, "unknown_system")
    assert client.post("/v1/report", json={"report": "  "}).json()["error"]["code"] == "empty_question"


async def test_the_tools_read_and_score_without_a_library(client):
    async with Client(server(None)) as asked:
        found = await asked.call_tool("read_report", {"report": REPORT})
        scored = await asked.call_tool("score", {"system": "TI-RADS", "features": THYROID})
        wrong = await asked.call_tool("score", {"system": "nothing of the kind", "features": {}})
    assert found.structured_content == read(REPORT).model_dump(mode="json")
    assert scored.structured_content == client.post("/v1/score", json={"system": "TI-RADS", "features": THYROID}).json()
    assert scored.structured_content["category"]
    assert wrong.is_error
