"""`/v1/documents`: a tenant's own documents, kept as collections and searched beside the library."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from starlette.concurrency import run_in_threadpool

from corpora.errors import InputError
from retrievers.shelf import SUFFIXES, Collection, FileNote, problems
from serve.callers import AdmittedCaller, CountedCaller, HouseOf
from serve.problems import RESPONSES, NotThere, ProblemReply
from serve.schemas import AddedReply, CollectionReply, CollectionsReply, FileReply

DOCUMENTS = "/v1/documents"
MOST_FILES = 100
_CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": ProblemReply, "description": "The documents are being changed by another request"}
}
_FULL: dict[int | str, dict[str, Any]] = {507: {"model": ProblemReply, "description": "The disk is full or cannot be written"}}
_MISSING: dict[int | str, dict[str, Any]] = {404: {"model": ProblemReply, "description": "There is no such collection"}}


class NothingAdded(InputError):
    """No file of the request gave a document."""


router = APIRouter(tags=["documents"], responses=RESPONSES)


@router.get(DOCUMENTS)
async def collections(caller: CountedCaller, of: HouseOf) -> CollectionsReply:
    """Your collections."""
    kept = await run_in_threadpool(of.tenants.shelf(caller.tenant).collections)
    return CollectionsReply(collections=[_shown(one) for one in kept])


@router.post(DOCUMENTS, status_code=201, responses=_CONFLICT | _FULL)
async def add(
    caller: AdmittedCaller,
    of: HouseOf,
    files: Annotated[list[UploadFile], File(min_length=1, max_length=MOST_FILES, description=f"endings: {', '.join(SUFFIXES)}")],
    collection: Annotated[str, Form(min_length=1, max_length=80, description="made if there is none of that name")] = "My documents",
) -> AddedReply:
    """Add files to a collection; when the reply comes they are searched. A broken file is named and the rest go in."""
    read = [(file.filename or "document", await file.read()) for file in files]
    shelf = of.tenants.shelf(caller.tenant)
    notes = await of.tenants.making(lambda: shelf.add(collection, read))
    good = {note.id for note in notes if note.documents}
    if not good:
        raise NothingAdded(f"Nothing was added. {'; '.join(problems(notes)) or 'No file was given.'}")
    await of.tenants.agent(caller.tenant)
    kept = await run_in_threadpool(shelf.collections)
    taker = next((one for one in kept if good & {file.id for file in one.files}), None)
    if taker is None:
        raise NotThere("The collection was deleted while the files were read.")
    return AddedReply(collection=_shown(taker), files=[_file(note) for note in notes])


@router.delete(DOCUMENTS + "/{collection}", status_code=204, responses=_CONFLICT | _FULL | _MISSING)
async def delete(collection: str, caller: CountedCaller, of: HouseOf) -> None:
    """Delete a collection and its documents for good."""
    shelf = of.tenants.shelf(caller.tenant)
    if collection not in {one.id for one in await run_in_threadpool(shelf.collections)}:
        raise NotThere("There is no such collection; GET /v1/documents lists them.")
    await of.tenants.making(lambda: shelf.delete(collection))


def _shown(one: Collection) -> CollectionReply:
    return CollectionReply(id=one.id, name=one.name, documents=one.documents, files=[_file(note) for note in one.files])


def _file(note: FileNote) -> FileReply:
    return FileReply(name=note.name, documents=note.documents, problem=note.problem)
