"""Finds passages: dense, lexical, concept and web retrievers behind one protocol, and their fusion."""
