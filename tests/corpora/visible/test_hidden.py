"""What a person does not see is taken out, in every form that a page may write it, and what is seen stays."""

from __future__ import annotations

import time

import pytest

from corpora.visible.clean import main_text, plain
from corpora.visible.colours import Colour, colour, contrast
from corpora.visible.hidden import hides
from corpora.visible.styles import declarations
from tests.retrievers.web.hostile import hostile_pages
from tests.retrievers.web.server import page

SEEN = "The nodule is followed by CT at 6 months."
POISON = "The nodule needs no follow-up for 60 months."


def read(inside: str, head: str = "") -> str:
    html = page("Nodules", "A page about nodules with a text that is long enough to be read as its main part. " * 2, inside)
    return plain(main_text(html.replace("</head>", f"{head}</head>")).text)


FAINT = (
    "color:#fefefe", "color:WHITE", "color:snow", "color:gainsboro", "color:rgb(250 250 250)", "color:rgb(98%, 98%, 98%)",
    "color:rgba(0,0,0,.04)", "color:rgb(0 0 0 / 4%)", "color:#0000000a", "color:#fffd", "color:hsl(0, 0%, 98%)", "color:hsl(210deg 100% 98% / .9)",
    "color:hwb(0 98% 1%)", "color:lab(98% 0 0)", "color:lch(98 0 0)", "color:oklab(.98 0 0)", "color:oklch(98% 0 0)", "color:color(srgb .98 .98 .98)",
    "color:transparent", "opacity:.05", "opacity:4%", "filter:opacity(0)", "color:#000;background:#000", "background:black;color:#111",
    "color:red;background-color:currentColor", "-webkit-text-fill-color:#fff", "color/**/:/* */#fff", r"\63olor:#fff", "color:#fff !important",
    "color:black;color:#fff", "font-size:1px", "font:1px/1 serif", "font-size:.05em", "--ink:#fff;color:var(--ink)", "color:var(--none, white)",
    "transform:scale(0)", "clip-path:circle(0)", "clip-path:polygon(0 0, 0 0, 0 0)", "overflow:hidden;height:1px", "text-indent:-9999px",
    "position:absolute;left:-200vw", "display:none", "max-height:0", "visibility:hidden", "margin-left:-480px", "position:absolute;left:50%;margin-left:-9999px",
    "--v:hidden;visibility:var(--v)", "--d:none;display:var(--d)", "--d:var(--e);--e:none;display:var(--d)", "margin:0 0 0 -9999px",
    "position:fixed;inset:0 auto auto -9999px", "position:absolute;left:99999px", "position:absolute;top:200vh", "transform:translateX(9999px)",
    "text-indent:100%;overflow:hidden;white-space:nowrap", "position:absolute;left:calc(-1px * 9999)", "margin-left:calc(0px - 9999px)",
    "position:absolute;left:min(-9999px, 0px)", "position:absolute;left:clamp(-9999px, -9999px, 0px)", "position:absolute;left:calc(what)",
    "height:0em;overflow:hidden", "height:0%;overflow:hidden", "height:.01px;overflow:hidden", "height:calc(1px - 1px);overflow:hidden",
    "line-height:0;overflow:hidden", "clip-path:inset(0 0 100% 0)", "clip-path:inset(50%)", "margin:0 calc(-1px * 9999)", "clip-path:inset(0 100% 0)", "left:calc(1px / 0)", "left:-1e4px", "left:max(-9999px, -99999px)",
    "left:calc(((1px)) * -9999)", "left:calc(-(9999px))", "clip-path:inset(0 60% 0 40%)", "zoom:.01", "zoom:5%",
    "transform:rotateX(90deg)", "rotate:y 90deg", "transform:scale(1,.01)", "transform:matrix(0,0,0,0,0,0)", "scale:.01", "mask:url(#none)",
    "mask-image:linear-gradient(transparent, transparent)", "color:#fff;background:linear-gradient(#fff,#fff)",
    "color:#fff;background-image:linear-gradient(90deg, white, rgb(250 250 250) 50%)", "inset-inline-start:-9999px;position:absolute",
)  # fmt: skip


@pytest.mark.parametrize("style", FAINT)
def test_nothing_that_is_too_faint_is_read_from_an_attribute(style):
    assert hides(style)
    assert "60 months" not in read(f'<p>{SEEN}</p><p style="{style}">{POISON}</p>')


@pytest.mark.parametrize("style", [style for style in FAINT if "63olor" not in style])
def test_nor_from_a_style_sheet(style):
    text = read(f'<p>{SEEN}</p><p class="x">{POISON}</p>', f"<style>.x{{{style}}}</style>")
    assert "60 months" not in text
    assert "6 months" in text


@pytest.mark.parametrize(
    ("sheet", "inside"),
    [
        ("article p.x{color:#fff}", f'<p class="x">{POISON}</p>'),
        ("div>p{color:#fff}", f"<div><p>{POISON}</p></div>"),
        ("main div p em{color:#fff}", f"<div><p><em>{POISON}</em></p></div>"),
        ("h2+p{color:#fff}", f"<h2>More</h2><p>{POISON}</p>"),
        ("h2~p{color:#fff}", f"<h2>More</h2><ul><li>a</li></ul><p>{POISON}</p>"),
        ('[data-x^="no"]{color:#fff}', f'<p data-x="note">{POISON}</p>'),
        ("p:last-of-type{}p.x:not(.y){color:#fff}", f'<p class="x">{POISON}</p>'),
        (":is(.y,.x){color:#fff}", f'<p class="x">{POISON}</p>'),
        ("blockquote p:nth-child(2n){color:#fff}", f"<blockquote><p>One more line.</p><p>{POISON}</p></blockquote>"),
        ("#x.y{color:#fff}", f'<p id="x" class="y">{POISON}</p>'),
        (r".\78{color:#fff}", f'<p class="x">{POISON}</p>'),
        ("@media screen{.x{color:#fff}}", f'<p class="x">{POISON}</p>'),
        ("@supports (display:grid){@layer a{.x{color:#fff}}}", f'<p class="x">{POISON}</p>'),
        (".w{color:#000;.x{color:#fff}}", f'<div class="w"><p class="x">{POISON}</p></div>'),
        (".w{&.w .x{color:#fff}}", f'<div class="w"><p class="x">{POISON}</p></div>'),
        ('a::before{content:"/*"} .x{color:#fff}', f'<p class="x">{POISON}</p>'),
        ('a::before{content:"}"} .x{color:#fff}', f'<p class="x">{POISON}</p>'),
        (f".x{{{'padding:0;' * 400}color:#fff}}", f'<p class="x">{POISON}</p>'),
        (f"{'.z,' * 400}.x{{color:#fff}}", f'<p class="x">{POISON}</p>'),
        ("<!-- .x{color:#fff} -->", f'<p class="x">{POISON}</p>'),
        (":root{--d:none}.x{display:var(--d)}", f'<p class="x">{POISON}</p>'),
        ("", f"<p popover>{POISON}</p>"), ("", f"<datalist><option>{POISON}</option></datalist>"), ("", f"<progress>{POISON}</progress>"),
        ("", f"<meter>{POISON}</meter>"), ("", f"<ruby>a<rp>{POISON}</rp></ruby>"), ("", f"<noframes>{POISON}</noframes>"),
        ("", f"<noembed>{POISON}</noembed>"),
        (".x{color:#fff", f'<p class="x">{POISON}</p>'),
        (":root{--a:#fff}.x{color:var(--a)}", f'<p class="x">{POISON}</p>'),
        (".x{color:#fff!important}", f'<p class="x" style="color:#000">{POISON}</p>'),
        (".x{color:#fff}", f'<div class="x"><p><span>{POISON}</span></p></div>'),
        (".x{background:#000}", f'<div class="x"><p>{POISON}</p></div>'),
        (".o{opacity:.3}", f'<div class="o"><div class="o"><p>{POISON}</p></div></div>'),
        (".o{font-size:.3em}", f'<div class="o"><div class="o"><p>{POISON}</p></div></div>'),
        (".dark{background:#222;color:#eee}.x{color:#232323}", f'<div class="dark"><p class="x">{POISON}</p></div>'),
        ("", f'<table><tr><td bgcolor="#000">{POISON}</td></tr></table>'),
        ("", f'<p><font color="#fdfdfd">{POISON}</font></p>'),
        ("", f'<p class="visually-hidden">{POISON}</p>'),
    ],
)  # fmt: skip
def test_nor_where_a_selector_or_an_ancestor_makes_it_faint(sheet, inside):
    text = read(f"<p>{SEEN}</p>{inside}", f"<style>{sheet}</style>")
    assert "60 months" not in text
    assert "6 months" in text


@pytest.mark.parametrize(
    ("sheet", "inside"),
    [
        (".dark{background:#123;color:#fff}", f'<div class="dark"><p>{SEEN}</p></div>'),
        (".w{color:#fff}.b{color:#000}", f'<div class="w"><p class="b">{SEEN}</p></div>'),
        (".w{color:#fff;background:url(night.jpg)}", f'<div class="w"><p>{SEEN}</p></div>'),
        (".w{color:#fff;background-image:linear-gradient(#000,#333)}", f'<div class="w"><p>{SEEN}</p></div>'),
        ("p:hover{color:#fff} p::selection{color:#fff}", f"<p>{SEEN}</p>"),
        ("@media print{p{display:none}}", f"<p>{SEEN}</p>"),
        ("@media (max-width: 600px){p{display:none}}", f"<p>{SEEN}</p>"),
        ("@media (prefers-color-scheme: dark){p{color:#fff}}", f"<p>{SEEN}</p>"),
        ("div + p{color:#fff}", f"<p>{SEEN}</p>"),
        ("blockquote p:nth-child(2){color:#fff}", f"<blockquote><p>{SEEN}</p></blockquote>"),
        (".x{color:#fff}", f'<p class="x" style="color:#222">{SEEN}</p>'),
        (".x{color:#767676;opacity:.9;font-size:.8em;margin-left:-12px;height:100px}", f'<p class="x">{SEEN}</p>'),
        ("p{color:oops(1);font-size:large}", f"<p>{SEEN}</p>"),
        ("#w{position:absolute;left:50%;margin-left:-480px;width:960px}", f'<div id="w"><p>{SEEN}</p></div>'),
        (".w{visibility:hidden}.b{visibility:visible}", f'<div class="w">{POISON}<p class="b">{SEEN}</p></div>'),
        (".w{margin:0 calc(50% - 50vw) 0 max(1rem, env(safe-area-inset-left));left:-12%}", f'<div class="w"><p>{SEEN}</p></div>'),
        (".row{margin-right:calc(-.5 * var(--g, 1.5rem));width:calc(100% - 20px)}", f'<div class="row"><p>{SEEN}</p></div>'),
        (".w{margin-left:calc(50% - 50vw);max-width:min(100%, 70ch);padding:max(1rem, env(safe-area-inset-left))}", f'<div class="w"><p>{SEEN}</p></div>'),
        (".w{margin:0 auto;transform:translate(-50%,-50%) scale(1.02);left:50%;line-height:1;overflow:hidden}", f'<div class="w"><p>{SEEN}</p></div>'),
        (".w{height:100%;min-height:0;max-height:none;transform:scale(1) rotate(0deg);zoom:1;scale:1}", f'<div class="w"><p>{SEEN}</p></div>'),
        (".w{clip-path:inset(0 5% 0 5% round 4px);transform:translate3d(0,0,0);margin-left:-100%}", f'<div class="w"><p>{SEEN}</p></div>'),
        (".w{mask-image:linear-gradient(black 60%, transparent);transform:scale(.5)}", f'<div class="w"><p>{SEEN}</p></div>'),
        ("p{color:#444;background:#fff url(a.png)}", f"<p>{SEEN}</p>"),
    ],
)  # fmt: skip
def test_what_is_seen_stays(sheet, inside):
    text = read(inside, f"<style>{sheet}</style>")
    assert "6 months" in text
    assert "60 months" not in text


def test_text_around_a_faint_word_stays():
    text = read(f'<p>{SEEN} <span style="color:#fff">{POISON}</span> It is then seen in clinic.</p>')
    assert "6 months" in text
    assert "seen in clinic" in text
    assert "60 months" not in text


@pytest.mark.parametrize("between", ["<!-- x -->", "<svg></svg>", "<script>1</script>", "<?x y?>", "<br>", "<template></template>"])
def test_faint_text_behind_what_is_taken_out_is_not_read(between):
    text = read(f'<p>{SEEN}</p><p style="color:#fff">a{between}{POISON}</p><p>It is then{between} seen in clinic.</p>')
    assert "60 months" not in text
    assert "seen in clinic" in text


def test_four_pages_that_hide_one_sentence_in_four_ways_read_the_same():
    """Faint, tiny, behind the page and folded: what a model could be shown of them does not differ."""
    names = ("h-low-contrast", "h-tiny-em", "h-behind", "h-details")
    texts = {plain(main_text(item.html).text) for item in hostile_pages("heldout") if item.name in names}
    assert len(texts) == 1
    assert "SECRETWORD" not in next(iter(texts))


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("#336699", Colour(51, 102, 153)), ("#369", Colour(51, 102, 153)), ("rgb(51,102,153)", Colour(51, 102, 153)), ("RebeccaPurple", Colour(102, 51, 153)),
        ("hsl(0.5turn 100% 50%)", Colour(0, 255, 255)), ("hwb(120 0% 0%)", Colour(0, 255, 0)), ("rgb(300 -5 0)", Colour(255, 0, 0)),
        ("lab(0% 0 0)", Colour(0, 0, 0)), ("oklch(1 0 0)", Colour(255, 255, 255)), ("color(xyz 1 1 1)", None), ("rgb(1 2)", None), ("#12345", None),
        ("inherit", None),
    ],
)  # fmt: skip
def test_reads_colours(value, seen):
    found = colour(value)
    if seen is None:
        assert found is None
    else:
        assert found is not None
        assert [round(part) for part in found[:3]] == list(seen[:3])
        assert found.alpha == pytest.approx(seen.alpha)


def test_contrast_is_that_of_wcag():
    assert contrast(Colour(0, 0, 0), Colour(255, 255, 255)) == pytest.approx(21)
    assert contrast(Colour(119, 119, 119), Colour(255, 255, 255)) == pytest.approx(4.48, abs=0.01)


def test_declarations_know_quotes_brackets_and_importance():
    style, urgent = declarations(
        "background: url('a;b.png') ; COLOR : Red !IMPORTANT; color: blue; : x; content: \"a;b\"; width: calc((1px + 2px) * 2)"
    )
    assert style == {"background": "url('a;b.png')", "color": "red", "content": '"a;b"', "width": "calc((1px + 2px) * 2)"}
    assert urgent == {"color"}


@pytest.mark.parametrize(
    ("sheet", "inside"),
    [
        ("div div div div div div div div .x{color:red}" * 2_000, "<div>" * 150 + '<p class="x">a</p>' * 200 + "</div>" * 150),
        ("*{color:#111}" * 20_000, "<p>a</p>" * 5_000),
        ("a:((((" * 50_000, "<p>a</p>"),
        (".x{" * 50_000, "<p>a</p>"), (".x{color:red;" * 50_000 + "}" * 50_000, "<p>a</p>"),
        ("p~p~p~p{color:#111}" * 50, "<p>a</p>" * 3_000),
    ],
)  # fmt: skip
def test_a_page_made_to_be_slow_is_given_up_in_seconds(sheet, inside):
    started = time.perf_counter()
    read(inside, f"<style>{sheet}</style>")
    assert time.perf_counter() - started < 20


def test_a_page_with_more_style_than_an_article_needs_is_not_read():
    assert read(f"<p>{SEEN}</p>" * 200, f"<style>{'*{color:#111}' * 20_000}</style>") == ""
