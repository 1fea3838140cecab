"""What a person may be shown of a stranger's text: no control characters, so that none reaches a terminal or moves what is read."""

from __future__ import annotations

import re

_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,60}[ -/]{0,9}[@-~]"  # CSI: colours, the cursor, clearing
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]{0,2000}(?:\x07|\x1b\\\\|\x9c)?"  # OSC, DCS: titles, the clipboard, links
    r"|\x1b[ -/]{0,9}[0-~]?"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""C0 and C1 without tab and line feed, and the signs that turn the direction of reading."""
_LONE = re.compile(r"[\ud800-\udfff]")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb]"
)


def legible(text: str) -> str:
    """The text without escape sequences, control characters and signs that turn its direction; lone surrogates become U+FFFD."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if _LONE.search(plain):
        plain = plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return plain if plain.isascii() and plain.isprintable() else _CONTROL.sub("", _SEQUENCE.sub("", plain))


def plain(text: str) -> str:
    """The text without control characters and without those that hide or reorder others."""
    return _INVISIBLE.sub("", text)
