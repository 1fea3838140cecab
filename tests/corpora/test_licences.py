import pytest

from corpora.licence_codes import CODES
from corpora.licences import Licence, licence, refusal


@pytest.mark.parametrize(
    ("stated", "code", "name"),
    [
        ("cc by", "cc-by", "CC BY"),
        ("CC BY 4.0", "cc-by", "CC BY 4.0"),
        ("cc by-nc-nd", "cc-by-nc-nd", "CC BY-NC-ND"),
        ("CC_BY_NC_SA_4.0", "cc-by-nc-sa", "CC BY-NC-SA 4.0"),
        ("ccbyncnd", "cc-by-nc-nd", "CC BY-NC-ND"),
        ("byncnd http://creativecommons.org/licenses/by-nc-nd/4.0/", "cc-by-nc-nd", "CC BY-NC-ND 4.0"),
        ("http://creativecommons.org/licenses/by/2.0", "cc-by", "CC BY 2.0"),
        ("https://creativecommons.org/licenses/by-sa/3.0/igo/", "cc-by-sa", "CC BY-SA 3.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "cc0", "CC0 1.0"),
        (
            "Creative Commons Attribution 4.0 International License (http://creativecommons.org/licenses/by/4.0/). The waiver "
            "(http://creativecommons.org/publicdomain/zero/1.0/) applies to the data.",
            "cc-by",
            "CC BY 4.0",
        ),
        ("CC0", "cc0", "CC0 1.0"),
        ("MIT", "mit", "MIT"),
        ("The MIT License", "mit", "MIT"),
        ("published in the public domain", "public-domain", "public domain"),
        ("under the terms of the Creative Commons Attribution License 4.0", "cc-by", "CC BY 4.0"),
        ("Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International", "cc-by-nc-sa", "CC BY-NC-SA 4.0"),
        ("the Creative Commons Attribution Non-Commercial No Derivatives licence", "cc-by-nc-nd", "CC BY-NC-ND"),
    ],
)
def test_the_many_ways_of_writing_a_licence_have_one_name(stated, code, name):
    found = licence(stated)
    assert found is not None
    assert (found.code, found.name) == (code, name)
    assert found.code in CODES


@pytest.mark.parametrize(
    "stated",
    [
        "",
        "All rights reserved",
        "Elsevier user licence",
        "free to read",
        "by the authors",
        "access by cc",
        "MIT Press",
        "nur mit Erlaubnis",
    ],
)
def test_what_names_no_open_licence_is_none(stated):
    assert licence(stated) is None


def test_a_refusal_says_why():
    assert refusal("cc by 4.0", ("cc-by",)) == ""
    assert refusal("cc by-nc", ("cc-by",)) == "is CC BY-NC, and only cc-by was asked for"
    assert refusal("cc0", ("cc-by", "cc-by-sa")) == "is CC0 1.0, and only cc-by, cc-by-sa were asked for"
    assert "states no licence" in refusal(" ", CODES)
    assert "'All rights reserved' is no open licence" in refusal("All rights reserved", CODES)


def test_terms_say_what_is_asked_beyond_naming_the_source():
    assert Licence(code="cc-by").terms == ""
    assert "licence text" in Licence(code="mit").terms
    assert "commercial" in Licence(code="cc-by-nc-nd").terms
    assert "index" in Licence(code="cc-by-nd").terms
    assert "same licence" in Licence(code="cc-by-sa").terms
