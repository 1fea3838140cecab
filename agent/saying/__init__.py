"""Evidence in sentences, and comparisons in two columns. Pure."""
