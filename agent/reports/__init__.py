"""Reports: read finding by finding, each scored by its system's rules, compared with an earlier one, and written out in a structure."""
