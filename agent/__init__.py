"""Answers radiology questions with evidence."""
