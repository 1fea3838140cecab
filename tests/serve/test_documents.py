"""Documents of one's own over HTTP: added, searched, listed, deleted, and nobody else's."""

NOTE = ("spacer.md", b"# Spacer protocol\n\n## When\nAfter a hydrogel spacer the planning MRI is done on day 14.\n", "text/markdown")


def added(client, *files, key="", collection="Protocols"):
    headers = {"Authorization": key} if key else {}
    return client.post("/v1/documents", files=[("files", file) for file in files], data={"collection": collection}, headers=headers)


def test_added_documents_are_searched_when_the_reply_comes(client):
    reply = added(client, NOTE)
    assert reply.status_code == 201
    assert reply.json()["collection"]["documents"] == 1
    hit = client.post("/v1/search", json={"query": "hydrogel spacer planning MRI", "k": 1}).json()["hits"][0]
    assert (hit["title"], hit["kind"]) == ("Spacer protocol", "document")


def test_a_broken_file_is_named_and_the_rest_go_in(client):
    reply = added(client, NOTE, ("scan.pdf", b"%PDF-1.4 nonsense", "application/pdf"))
    assert reply.status_code == 201
    assert [(file["name"], file["documents"]) for file in reply.json()["files"]] == [("spacer.md", 1), ("scan.pdf", 0)]
    assert reply.json()["files"][1]["problem"]


def test_nothing_but_broken_files_is_refused(client):
    reply = added(client, ("x.exe", b"MZ", "application/octet-stream"))
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "nothing_added")
    assert client.get("/v1/documents").json() == {"collections": []}


def test_a_deleted_collection_is_searched_no_more(client):
    name = added(client, NOTE).json()["collection"]["id"]
    assert client.delete(f"/v1/documents/{name}").status_code == 204
    assert client.get("/v1/documents").json() == {"collections": []}
    hits = client.post("/v1/search", json={"query": "hydrogel spacer planning MRI", "k": 5}).json()["hits"]
    assert "Spacer protocol" not in {hit["title"] for hit in hits}
    assert client.delete(f"/v1/documents/{name}").status_code == 404


def test_a_tenants_documents_are_nobody_elses(keyed):
    client, ann, bob = keyed
    name = added(client, NOTE, key=ann).json()["collection"]["id"]
    for headers, titles in (({"Authorization": ann}, True), ({"Authorization": bob}, False)):
        hits = client.post("/v1/search", json={"query": "hydrogel spacer planning MRI", "k": 5}, headers=headers).json()["hits"]
        assert ("Spacer protocol" in {hit["title"] for hit in hits}) is titles
    assert client.get("/v1/documents", headers={"Authorization": bob}).json() == {"collections": []}
    assert client.delete(f"/v1/documents/{name}", headers={"Authorization": bob}).status_code == 404
    assert len(client.get("/v1/documents", headers={"Authorization": ann}).json()["collections"]) == 1
