"""Judging: which passages are worth reading, how sure an answer is, which option stands. Never calls a chat model."""
