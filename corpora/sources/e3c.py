"""E3C: the English part of the European Clinical Case Corpus, one JSON file a case, from its repository at one commit.

Listing, https://docs.github.com/en/rest/git/trees (`GET {endpoint}/repos/hltfbk/E3C-Corpus/git/trees/{sha}`): answers with
`tree[]` of `path`, `type` (blob or tree), `sha`, and `truncated` when it is cut. From the commit's tree one goes down
`data_collection/English/layer1`, `layer2`, `layer3`: five requests, within the hourly sixty that GitHub grants without an account.

Files: `GET {files}/hltfbk/E3C-Corpus/{commit}/{path}`. A file's `sha` is Git's own SHA-1 over `blob`, the size, a zero and the bytes: each
file is checked against it. Only the texts are pulled (`data_collection`), each under the licence it states itself; the
annotations, and the corpus as a whole, are CC BY-NC.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from corpora.errors import MalformedSourceResponse
from corpora.sources.protocol import About, Offer, Wanted
from corpora.sources.wire import Wire

ENDPOINT, FILES = "https://api.github.com", "https://raw.githubusercontent.com"
REPOSITORY = "hltfbk/E3C-Corpus"
COMMIT = "8196181eacd5d65828d324dcc63970c503aff5e9"
FOLDER = ("data_collection", "English")
LAYERS = ("layer1", "layer2", "layer3")


class Node(BaseModel):
    """One entry of a tree."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    path: str
    type: str
    sha: str


class Tree(BaseModel):
    """The listing of one folder."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    tree: tuple[Node, ...]
    truncated: bool = False


class E3C:
    """English clinical cases. See the module for the interface's parameters and fields."""

    def __init__(self, endpoint: str = "") -> None:
        """Take an address that serves both listing and files instead of GitHub's two."""
        self.files = endpoint.rstrip("/") or FILES
        self.about = About(
            name="e3c",
            title="E3C, European Clinical Case Corpus (English texts)",
            homepage="https://github.com/hltfbk/E3C-Corpus",
            holds="clinical cases from journals, one JSON file each",
            licence="each text's own, mostly CC BY; the corpus with its annotations is CC BY-NC",
            citation="Magnini B, Altuna B, Lavelli A, et al. The E3C Project: European Clinical Case Corpus. SEPLN 2021",
            endpoint=endpoint.rstrip("/") or ENDPOINT,
            rate=4.0,
            accepts=("cc-by", "cc0"),
        )

    def offers(self, wanted: Wanted, wire: Wire, folder: Path) -> Generator[Offer]:
        """Every case of the three layers, in name order. A query keeps nothing out: the corpus cannot be searched."""
        sha = COMMIT
        for name in FOLDER:
            sha = self._down(wire, sha, name)
        for layer in LAYERS:
            for node in sorted(self._list(wire, self._down(wire, sha, layer)).tree, key=lambda node: node.path):
                if node.type == "blob" and node.path.endswith(".json") and "/" not in node.path:
                    yield self._offer(node, layer, wire)

    def _offer(self, node: Node, layer: str, wire: Wire) -> Offer:
        url = f"{self.files}/{REPOSITORY}/{COMMIT}/{'/'.join((*FOLDER, layer))}/{node.path}"
        return Offer(
            id=node.path.removesuffix(".json"),
            file=node.path,
            fetched_from=url,
            fetch=partial(wire.document, url, accept="application/json", check=partial(check_blob, url, node.sha)),
        )

    def _down(self, wire: Wire, sha: str, name: str) -> str:
        for node in self._list(wire, sha).tree:
            if node.path == name and node.type == "tree":
                return node.sha
        raise MalformedSourceResponse("e3c", f"the repository's tree {sha} holds no folder {name!r}")

    def _list(self, wire: Wire, sha: str) -> Tree:
        url = f"{self.about.endpoint}/repos/{REPOSITORY}/git/trees/{sha}"
        try:
            tree = Tree.model_validate(wire.json(url))
        except ValidationError as error:
            raise MalformedSourceResponse("e3c", f"{url} did not answer in its documented format ({error.errors()[0]['msg']})") from error
        if tree.truncated:
            raise MalformedSourceResponse("e3c", f"{url} listed only a part of the folder")
        return tree


def check_blob(url: str, sha: str, data: bytes) -> None:
    """Raise `MalformedSourceResponse` unless the bytes are what the commit holds: Git's SHA-1 of them is the listing's."""
    found = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    if found != sha:
        raise MalformedSourceResponse("e3c", f"{url} has the checksum {found} and should have {sha}")
