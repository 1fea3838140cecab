"""Open collections that can be pulled: one file each behind one protocol, and the puller that keeps what their licences allow."""

from __future__ import annotations

from corpora.sources.protocol import Collection


def collections(endpoint: str = "") -> dict[str, Collection]:
    """Every collection by name; at another address of the same interface when `endpoint` gives one."""
    from corpora.sources import e3c, europepmc, openi, semantic_dict

    made: tuple[Collection, ...] = (
        europepmc.EuropePMC(endpoint or europepmc.ENDPOINT),
        e3c.E3C(endpoint),
        openi.OpenI(endpoint or openi.ENDPOINT),
        semantic_dict.SemanticDict(),
    )
    return {collection.about.name: collection for collection in made}
