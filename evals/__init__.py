"""Replays question sets and scores the answers."""
