"""Measurements of the figures that README.md quotes: `python -m bench [NAME ...]`; never part of the tests."""
