"""Answers of the small agent, made once; and hostile text."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner

from agent.types import Abstained, Answered, TraceEvent


@pytest.fixture(scope="session", autouse=True)
def packages_are_looked_through_once() -> Iterator[None]:
    """Streamlit's AppTest reads the metadata of every package that is installed, at each run of a page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """Streamlit's AppTest puts the page in place of `__main__`: a process that a later test spawns would run the page instead."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


QUESTION = "What follow-up does a single solid lung nodule of 7 mm found by chance need at high risk?"
OPTIONS = {"A": "CT at 3-6 months", "B": "CT at 6-12 months, then CT at 18-24 months", "C": "No routine follow-up"}

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](https://evil.example/pixel.png)",
    "![x](javascript:alert(1))",
    "[click](https://evil.example/?q=secret)",
    "<https://evil.example/auto>",
    "https://evil.example/bare and www.evil.example",
    "someone@evil.example",
    "# A heading",
    "**bold** _it_ `code` ~~gone~~",
    "| a | b |\n|---|---|\n| <b>x</b> | y |",
    ":red[red] :material/delete: :rocket: :streamlit: :color[x]{foreground='red'}",
    "$\\href{javascript:alert(1)}{x}$ and $$\\sum$$",
    "<style>*{display:none}</style>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<form action=https://evil.example><input name=x><button>go</button></form>",
    "<object data=x></object><embed src=x><base href=https://evil.example>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<details open ontoggle=alert(1)>x</details>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62;",
    "\u202egnp.exe\u202c \u2066hidden\u2069 zero\u200bwidth\x00null\x1b[31mred",
    "<button popovertarget=rq-x onclick=alert(1)>1</button>",
    "<div popover id=rq-x style='position:fixed;inset:0'>cover</div>",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)}",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "\\<script\\>alert(1)\\</script\\>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "</pre></details></div></aside><h1>broken out</h1>",
    "x" * 3000,
]


@pytest.fixture(scope="session")
def answered(small_agent) -> Answered:
    answer = small_agent.ask(QUESTION)
    assert isinstance(answer, Answered)
    return answer


@pytest.fixture(scope="session")
def chosen(small_agent) -> Answered:
    answer = small_agent.ask(QUESTION, OPTIONS)
    assert isinstance(answer, Answered)
    return answer


@pytest.fixture(scope="session")
def abstained(small_agent) -> Abstained:
    answer = small_agent.ask("What is the capital of France?")
    assert isinstance(answer, Abstained)
    return answer


@pytest.fixture(scope="session")
def events(small_agent) -> tuple[TraceEvent, ...]:
    async def run() -> list[TraceEvent]:
        return [item async for item in small_agent.astream(QUESTION) if isinstance(item, TraceEvent)]

    return tuple(asyncio.run(run()))
