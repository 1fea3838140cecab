"""Who is asking, and who may reach the server. Each person's key separates their conversations, documents and settings."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import streamlit as st

from corpora.addresses import is_loopback
from corpora.types import Frozen

PEOPLE_VARIABLE = "RADQA_CHAT_PEOPLE"
"""`one`: whoever reaches the server is the same person (loopback); `browsers`: every browser is a person of its own."""
REMOTE_VARIABLE = "RADQA_CHAT_ALLOW_REMOTE"
DATA_VARIABLE = "RADQA_CHAT_DATA"
"""Folder of conversations and documents; by default the user's data folder."""
COOKIE = "radqa_browser"
_TOKEN = re.compile(r"[0-9a-f]{32}")
_YEAR_S = 31_536_000


class Person(Frozen):
    """Somebody with conversations of their own."""

    key: str
    name: str = ""
    how: Literal["local", "browser", "signed in"] = "local"

    @property
    def remote(self) -> bool:
        """Whether they may sit elsewhere, behind a proxy on this machine too: they name no address to ask, and start no process."""
        return self.how != "local"

    @property
    def machine(self) -> str:
        """What they would call the machine that answers."""
        return "the server" if self.remote else "this machine"


def refusal(address: str, *, sign_in: bool, allowed: bool) -> str:
    """Why the server must not listen there, in one sentence; empty where it may."""
    if is_loopback(address) or sign_in or allowed:
        return ""
    return (
        f"The chat will not listen on {address or 'every interface'}: others could read along. "
        "Configure sign-in (OIDC, section [auth] of .streamlit/secrets.toml), or say --allow-remote."
    )


def sign_in_configured(folders: Sequence[Path] | None = None) -> bool:
    """Whether a secrets file sets up OIDC in its section `[auth]`."""
    places = folders if folders is not None else (Path.home(), Path.cwd(), Path(__file__).parent)
    for place in places:
        path = place / ".streamlit" / "secrets.toml"
        if path.is_file() and "auth" in tomllib.loads(path.read_text(encoding="utf-8")):
            return True
    return False


def current() -> Person | None:
    """The person of this session, or None where signing in is needed first."""
    if sign_in_configured():
        if not st.user.is_logged_in:
            return None
        claims = st.user.to_dict()
        return Person(
            key=_hashed(f"{claims.get('iss', '')}|{claims.get('sub') or claims.get('email')}"), name=_name(claims), how="signed in"
        )
    if os.environ.get(PEOPLE_VARIABLE, "one") == "one" and is_loopback(str(st.get_option("server.address") or "")):
        return Person(key="local")  # never where others can come in, however the server was started
    return Person(key=_hashed(_browser_token()), how="browser")


def _name(claims: Mapping[str, object]) -> str:
    return str(claims.get("name") or claims.get("email") or "signed in")


def _browser_token() -> str:
    """The browser's own secret: from its cookie, or made now and handed to it."""
    known = str(st.context.cookies.get(COOKIE, ""))
    if _TOKEN.fullmatch(known):
        return known
    if "browser_token" not in st.session_state:
        st.session_state.browser_token = secrets.token_hex(16)
    token: str = st.session_state.browser_token
    cookie = f"{COOKIE}={token}; path=/; max-age={_YEAR_S}; SameSite=Strict"
    st.html(f"<script>document.cookie = {cookie!r}</script>", unsafe_allow_javascript=True)
    return token


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:32]
