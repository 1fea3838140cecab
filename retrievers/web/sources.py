"""The live sources by name. A new one is a file like the others, a line here, and its name in `retrievers.settings`."""

from __future__ import annotations

from retrievers.settings import SourceName
from retrievers.web.clinicaltrials import ClinicalTrials
from retrievers.web.europepmc import EuropePMC
from retrievers.web.openfda import OpenFDA
from retrievers.web.pubmed import PubMed
from retrievers.web.searxng import SearXNG
from retrievers.web.source import LiveSource

BY_NAME: dict[SourceName, type[LiveSource]] = {source.name: source for source in (PubMed, EuropePMC, ClinicalTrials, OpenFDA, SearXNG)}
