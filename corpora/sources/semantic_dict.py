"""radiology-semantic-dict: a dictionary of concepts, findings and differentials, out of the installed package (extra `dictionary`).

Nothing is fetched: `medical_concepts.json`, `imaging_findings.json` and `differential_groups.json` of the package's `data/` are
copied as they are, with its licence beside them. It is the only collection that names no sources for what it says.
"""

from __future__ import annotations

from collections.abc import Generator
from importlib import metadata
from pathlib import Path

from corpora.errors import MissingExtra
from corpora.readers.dictionary import LICENCE, NAME, URL
from corpora.sources.protocol import About, Offer, Wanted
from corpora.sources.wire import Wire

FILES = ("medical_concepts.json", "imaging_findings.json", "differential_groups.json")
_WHERE = "radiology_semantic/data"


class SemanticDict:
    """Three files of the installed package."""

    def __init__(self, package: str = NAME) -> None:
        """Take the name of the distribution that carries them."""
        self.package = package
        self.about = About(
            name=NAME,
            title="Radiology Semantic Dictionary (lowest authority: states no sources)",
            homepage=URL,
            holds="2,900 defined concepts, 8,300 findings of diseases, 360 groups of differential diagnoses",
            licence="MIT",
            citation="GRAi, Low Lux Labs. Radiology Semantic Dictionary. Python package",
            endpoint="the installed package: pip install 'radqa[dictionary]'",
            rate=1000.0,
            accepts=("mit",),
        )

    def offers(self, wanted: Wanted, wire: Wire, folder: Path) -> Generator[Offer]:
        """The files, in a fixed order; the package's licence is laid beside them. A query keeps nothing out.

        Raises:
            MissingExtra: the package is not installed, or not as it is known.
        """
        version, files = self._installed()
        for path in [path for name, path in files.items() if name.endswith("LICENSE")]:
            (folder / f"{NAME}.LICENSE").write_bytes(path.read_bytes())
        for name in FILES:
            yield Offer(
                id=name.removesuffix(".json"),
                file=name,
                fetched_from=f"{NAME} {version}, {_WHERE}/{name}",
                fetch=files[f"{_WHERE}/{name}"].read_bytes,
                licence=LICENCE,
                title=f"{NAME} {version}: {name.removesuffix('.json').replace('_', ' ')}",
                citation=f"Radiology Semantic Dictionary {version}. {URL}",
                url=URL,
            )

    def _installed(self) -> tuple[str, dict[str, Path]]:
        """The package's version, and where its files are."""
        remedy = "Run: pip install 'radqa[dictionary]'"
        try:
            found = metadata.distribution(self.package)
        except metadata.PackageNotFoundError as error:
            raise MissingExtra(f"The dictionary comes from the package {self.package}, which is not installed.", remedy) from error
        files = {str(file): Path(str(file.locate())) for file in found.files or ()}
        if missing := [name for name in FILES if not files.get(f"{_WHERE}/{name}", Path("-")).is_file()]:
            raise MissingExtra(f"{self.package} {found.version} holds no {missing[0]}; read is 1.4.", remedy)
        return found.version, files
