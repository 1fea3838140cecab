"""Open-i: the Indiana University chest X-ray reports, 3,955 XML files in one archive.

`GET {endpoint}/imgs/collections/NLMCXR_reports.tgz` (https://openi.nlm.nih.gov/faq): a gzipped tar of `ecgen-radiology/{n}.xml`. The
archive is kept below `.cache/` of the folder, taken up again with Range where the server allows it, and reports are copied out
of it unchanged. Every report states its licence (`licenseURL`: CC BY-NC-ND 4.0, non-commercial, no derivatives); CRC and length
in gzip and tar tell a damaged archive, which is then thrown away.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Generator
from functools import partial
from pathlib import Path, PurePosixPath

from corpora.errors import MalformedSourceResponse
from corpora.readers.openi import CITATION
from corpora.sources.protocol import About, Offer, Wanted
from corpora.sources.wire import LARGEST_DOCUMENT, Wire

ENDPOINT = "https://openi.nlm.nih.gov"
ARCHIVE = "NLMCXR_reports.tgz"


class OpenI:
    """Chest X-ray reports. See the module for where they come from."""

    def __init__(self, endpoint: str = ENDPOINT) -> None:
        """Take the server's address."""
        self.about = About(
            name="openi",
            title="Open-i, Indiana University chest X-ray reports",
            homepage="https://openi.nlm.nih.gov",
            holds="de-identified chest X-ray reports with MeSH coding, one XML file each",
            licence="CC BY-NC-ND 4.0",
            citation=CITATION,
            endpoint=endpoint.rstrip("/"),
            rate=1.0,
            accepts=("cc-by-nc-nd",),
        )

    def offers(self, wanted: Wanted, wire: Wire, folder: Path) -> Generator[Offer]:
        """Every report, in the archive's order."""
        url = f"{self.about.endpoint}/imgs/collections/{ARCHIVE}"
        archive = folder / ".cache" / ARCHIVE
        if not archive.exists():
            wire.archive(url, archive)
        try:
            check_archive(archive)
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            archive.unlink()
            raise MalformedSourceResponse("openi", f"{url} is damaged ({error}); run it again to fetch it anew") from error
        yield from self._members(archive, url)

    def _members(self, archive: Path, url: str) -> Generator[Offer]:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                name = PurePosixPath(member.name)
                if member.isfile() and name.suffix == ".xml" and name.stem.isalnum():
                    yield Offer(
                        id=f"CXR{name.stem.removeprefix('CXR')}",
                        file=f"CXR{name.stem.removeprefix('CXR')}.xml",
                        fetched_from=f"{url}#{member.name}",
                        fetch=partial(_bytes, tar, member),
                    )


def check_archive(archive: Path) -> None:
    """Raise what gzip and tarfile raise unless every byte is there: read to the end, checksums compared."""
    with gzip.open(archive) as whole:
        while whole.read(1 << 20):
            pass
    with tarfile.open(archive, "r:gz") as tar:
        if not any(member.isfile() for member in tar):
            raise tarfile.ReadError("it holds no file")


def _bytes(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if member.size > LARGEST_DOCUMENT:
        raise MalformedSourceResponse("openi", f"{member.name} claims {member.size} bytes")
    file = tar.extractfile(member)
    if file is None:
        raise MalformedSourceResponse("openi", f"{member.name} is no file")
    return file.read()
