"""Addresses of stores: what each means, what is shown of it, what is refused."""

import pytest

from retrievers.stores.address import Address


def test_nothing_means_the_files_of_the_index():
    assert Address.of("") == Address.of("files") == Address(kind="files")


@pytest.mark.parametrize(
    ("text", "kind", "target", "collection"),
    [
        ("milvus:///data/store.db", "milvus", "/data/store.db", "library"),
        ("milvus:///data/store.db?collection=site_a", "milvus", "/data/store.db", "site_a"),
        ("milvus://vectors:19530", "milvus", "http://vectors:19530", "library"),
        ("milvus+https://vectors/radqa?collection=x1", "milvus", "https://vectors/radqa", "x1"),
        ("postgresql://me@db/radqa?sslmode=require", "postgres", "postgresql+psycopg://me@db/radqa?sslmode=require", "library"),
        ("postgresql:///radqa?host=/run/pg&collection=a", "postgres", "postgresql+psycopg:///radqa?host=/run/pg", "a"),
    ],
)
def test_it_says_where_and_which_collection(text, kind, target, collection):
    found = Address.of(text)
    assert (found.kind, found.target, found.collection) == (kind, target, collection)
    assert found.is_file == target.endswith(".db")


def test_a_password_is_never_shown():
    found = Address.of("postgresql://me:hidden-word@db:5432/radqa")
    assert "hidden-word" in found.target
    assert "hidden-word" not in found.shown
    assert found.shown == "postgresql://db:5432/radqa?collection=library"
    assert Address.of("milvus:///data/store.db").shown == "milvus:///data/store.db?collection=library"


@pytest.mark.parametrize(
    "text", ["redis://x", "milvus:///folder", "milvus://", "store.db", "milvus://h?collection=A-b", "postgresql://d/x?collection=a;drop"]
)
def test_what_is_no_store_is_refused_without_its_password(text):
    with pytest.raises(ValueError, match=r"is no (store|name)"):
        Address.of(text)
