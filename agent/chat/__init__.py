"""Calling a chat model: who answers, in which schema and dialect, what fits its window, what it may cost, what is kept."""
