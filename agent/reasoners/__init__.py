"""Who thinks: the extractive reasoner (no model, deterministic) and the one with a chat model, behind one protocol."""
