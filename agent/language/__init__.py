"""Questions in other languages: which one it is, its words in English, and an answer back in it."""
