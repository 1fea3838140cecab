"""Patients' privacy: identifiers found and masked in texts, what of a text may leave the machine, files that only their owner reads."""
