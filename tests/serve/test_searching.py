"""Passages and concepts over HTTP."""


def test_search_finds_passages_best_first(client):
    hits = client.post("/v1/search", json={"query": "solid nodule 7 mm high risk", "k": 3}).json()["hits"]
    assert len(hits) == 3
    assert hits[0]["document_id"] == "nodule-card"
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)


def test_search_keeps_to_its_filters(client):
    hits = client.post("/v1/search", json={"query": "wall", "k": 20, "kinds": ["document"]}).json()["hits"]
    assert {hit["kind"] for hit in hits} == {"document"}


def test_search_keeps_to_a_kind_of_source_and_says_what_a_hit_rests_on(client):
    hits = client.post("/v1/search", json={"query": "nodule", "k": 20, "kinds": ["guideline"]}).json()["hits"]
    assert {hit["kind"] for hit in hits} == {"guideline"}
    assert all(hit["rests_on"].startswith("guideline summary, ") and hit["topic_kind"] is None for hit in hits)
    assert client.post("/v1/search", json={"query": "nodule", "kinds": ["sign"]}).json()["hits"] == []
    assert client.post("/v1/search", json={"query": "nodule", "kinds": ["rumour"]}).status_code == 422


def test_concepts_tell_what_the_text_denies(client):
    mentions = client.post("/v1/concepts", json={"text": "No pneumothorax."}).json()
    assert [(one["text"], one["assertion"]) for one in mentions] == [("pneumothorax", "absent")]


def test_nothing_to_look_for_is_refused(client):
    for path, body in (("/v1/search", {"query": "\u202e"}), ("/v1/concepts", {"text": "  "})):
        reply = client.post(path, json=body)
        assert (reply.status_code, reply.json()["error"]["code"]) == (422, "empty_text")
