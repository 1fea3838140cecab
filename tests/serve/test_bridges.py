"""radqa inside LangChain, LlamaIndex and LangGraph Studio."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from inspect import signature
from pathlib import Path

from langgraph.checkpoint.memory import InMemorySaver

from serve.bridges import langchain_retriever, langchain_tool, llama_query_engine
from serve.studio import graph, graph_over
from tests.serve.conftest import OPTIONS, QUESTION

ROOT = Path(__file__).parents[2]


async def test_the_retriever_finds_the_same_in_both_ways(small_agent):
    retriever = langchain_retriever(small_agent, k=3)
    found, awaited = retriever.invoke("solid nodule 7 mm"), await retriever.ainvoke("solid nodule 7 mm")
    assert found == awaited
    assert len(found) == 3
    assert found[0].metadata["title"] == "Lung nodules found by chance"
    assert "follow-up" in found[0].page_content


def test_the_tool_gives_passages_as_text(small_agent):
    tool = langchain_tool(small_agent, k=2)
    assert tool.name == "search_radiology_evidence"
    assert "CT at" in tool.invoke({"query": "solid nodule 7 mm"})


async def test_the_query_engine_answers_with_its_evidence(small_agent):
    engine = llama_query_engine(small_agent)
    response = engine.query(QUESTION)
    assert str(response) == str(small_agent.ask(QUESTION))
    assert response.metadata["kind"] == "answered"
    assert response.source_nodes[0].node.metadata["document_id"] == "nodule-card"
    assert str(await engine.aquery(QUESTION)) == str(response)


async def test_studios_graph_answers_plain_json_and_shows_what_runs_inside(small_agent):
    made = graph_over(small_agent)
    made.checkpointer = InMemorySaver()
    seen, answer = set(), None
    asked = {"question": QUESTION, "options": OPTIONS}
    async for place, update in made.astream(asked, {"configurable": {"thread_id": "1"}}, stream_mode="updates", subgraphs=True):
        seen |= set(update)
        answer = update.get("answer", answer) if not place else answer
    assert json.loads(json.dumps(answer))["answer"]["option"] == "B"
    assert {"understand", "plan", "weigh", "verify", "conclude"} <= seen


def test_studio_can_open_the_flow_and_show_its_forms():
    made = graph()
    ((name, flow),) = made.get_subgraphs()
    assert name == "answer"
    assert {"prepare", "quote", "reason", "finish"} <= set(flow.nodes)
    assert set(made.get_input_jsonschema()["properties"]) == {"question", "options", "report"}
    assert "question" in flow.get_input_jsonschema()["properties"]
    assert flow.get_context_jsonschema() == {}


def test_studios_server_hands_its_configuration_to_factories_that_take_anything():
    assert not signature(graph).parameters


def test_langgraph_json_names_the_graph():
    where, name = json.loads((ROOT / "langgraph.json").read_text())["graphs"]["radqa"].split(":")
    spec = spec_from_file_location("studio_by_path", ROOT / where)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert getattr(module, name)().name
