"""The licences under which a copy may be kept, by name alone: what the command line's help needs before anything is loaded."""

CODES = ("cc0", "public-domain", "mit", "cc-by", "cc-by-sa", "cc-by-nd", "cc-by-nc", "cc-by-nc-sa", "cc-by-nc-nd")
"""Every licence under which a copy may be kept, from the freest to the strictest."""
