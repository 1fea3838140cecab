"""ClinicalTrials.gov: registered studies. What a registry says is a plan or a status, not a finding.

Documented at https://clinicaltrials.gov/data-api/api (version 2). `GET {endpoint}/studies` with `query.term`, `pageSize`,
`format=json` and `fields`; about 50 requests a minute are served. Read from `studies[].protocolSection`:
`identificationModule` (`nctId`, `briefTitle`, `organization.fullName`), `statusModule` (`overallStatus`, `startDateStruct.date`),
`descriptionModule.briefSummary`, `conditionsModule.conditions`, `designModule` (`studyType`, `phases`),
`outcomesModule.primaryOutcomes[]` (`measure`, `timeFrame`), and `studies[].hasResults`.
"""

from __future__ import annotations

import re

from pydantic import Field

from corpora.types import Document
from retrievers.web.found import work
from retrievers.web.outbound import Outgoing
from retrievers.web.pace import Rate
from retrievers.web.source import Form, LiveSource, parsed

TERMS = 4
FIELDS = (
    "NCTId|BriefTitle|OrgFullName|OverallStatus|StartDate|BriefSummary|Condition|StudyType|Phase|PrimaryOutcomeMeasure|"
    "PrimaryOutcomeTimeFrame|HasResults"
)


class _Organisation(Form):
    name: str = Field(default="", alias="fullName")


class _Identification(Form):
    nct: str = Field(alias="nctId", pattern=r"^NCT\d{8}$")
    title: str = Field(default="", alias="briefTitle")
    organisation: _Organisation = Field(default=_Organisation(), alias="organization")


class _Date(Form):
    date: str = ""


class _Status(Form):
    overall: str = Field(default="", alias="overallStatus")
    start: _Date = Field(default=_Date(), alias="startDateStruct")


class _Description(Form):
    summary: str = Field(default="", alias="briefSummary")


class _Conditions(Form):
    conditions: tuple[str, ...] = ()


class _Design(Form):
    kind: str = Field(default="", alias="studyType")
    phases: tuple[str, ...] = ()


class _Outcome(Form):
    measure: str = ""
    when: str = Field(default="", alias="timeFrame")


class _Outcomes(Form):
    primary: tuple[_Outcome, ...] = Field(default=(), alias="primaryOutcomes")


class _Protocol(Form):
    identification: _Identification = Field(alias="identificationModule")
    status: _Status = Field(default=_Status(), alias="statusModule")
    description: _Description = Field(default=_Description(), alias="descriptionModule")
    conditions: _Conditions = Field(default=_Conditions(), alias="conditionsModule")
    design: _Design = Field(default=_Design(), alias="designModule")
    outcomes: _Outcomes = Field(default=_Outcomes(), alias="outcomesModule")


class _Study(Form):
    protocol: _Protocol = Field(alias="protocolSection")
    results: bool = Field(default=False, alias="hasResults")


class _Answer(Form):
    studies: tuple[_Study, ...]


class ClinicalTrials(LiveSource):
    """Registered studies. See the module for requests and fields."""

    name = "clinicaltrials"
    title = "ClinicalTrials.gov"
    endpoint = "https://clinicaltrials.gov/api/v2"
    rate = Rate(per_second=0.8, burst=3, at_once=2)

    async def find(self, asked: Outgoing) -> list[Document]:
        """See `LiveSource.find`."""
        words = " ".join(asked.telling[:TERMS]) or " ".join(asked.options[0])
        fixed: dict[str, str | int] = {"pageSize": self.settings.results, "format": "json", "fields": FIELDS}
        reply = await self.session.get(self.title, f"{self.base}/studies", {"query.term": words}, fixed=fixed, rate=self.rate)
        async with self.session.judged(reply):
            answer = parsed(reply, _Answer, self.title)
        return self.works(self._document, answer.studies[: self.settings.results])

    def _document(self, study: _Study) -> Document | None:
        protocol = study.protocol
        known = protocol.identification
        status = protocol.status.overall.replace("_", " ").lower()
        phases = ", ".join(phase.replace("_", " ").lower() for phase in protocol.design.phases)
        about = f"Registered study, {status or 'status unknown'}{f', {phases}' if phases else ''}; " + (
            "results are posted." if study.results else "no results are posted."
        )
        outcomes = "\n".join(f"- {item.measure} ({item.when})" for item in protocol.outcomes.primary[:5] if item.measure)
        year = re.match(r"\d{4}", protocol.status.start.date)
        return work(
            known.nct,
            known.title,
            [("Status", about), ("Summary", protocol.description.summary), ("Primary outcomes", outcomes)],
            source=self.title,
            study="registry",
            organisation=known.organisation.name,
            year=int(year[0]) if year else None,
            url=f"https://clinicaltrials.gov/study/{known.nct}",
            topics=protocol.conditions.conditions,
            more={"nct": known.nct},
        )
