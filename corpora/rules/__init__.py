"""Scoring systems as decision tables: which features there are, how they are dictated, and which rows of a card decide.

A file `ID.toml` of this folder is a system (`corpora.rules.system`); its numbers are not in it but in its card, whose tables it names.
"""
