from datetime import UTC, datetime

import httpx
import pytest

from corpora.errors import MalformedSourceResponse, NotGiven, SourceRateLimited, SourceRefused, SourceUnavailable
from corpora.sources import wire as module
from corpora.sources.wire import Wire, retry_after_s


def wire(*answers, **chosen):
    """A wire over answers that are given one after the other; the last one again and again."""
    left, asked = list(answers), []

    def handle(request):
        asked.append(request)
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer

    client = httpx.Client(transport=httpx.MockTransport(handle), follow_redirects=True)
    made = Wire("test", 1000, client=client, wait_initial_s=0.001, **chosen)
    return made, asked


def ok(body="{}"):
    return lambda: httpx.Response(200, text=body)


def status(code, **headers):
    return lambda: httpx.Response(code, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    "fault",
    [
        status(429, Retry_After="0"),
        status(503, Retry_After="0"),
        status(429),
        status(500),
        status(502),
        status(408),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("peer closed connection"),
        ok("{cut"),
        ok("[]"),
    ],
)
def test_a_passing_fault_is_tried_again(fault):
    made, asked = wire(fault, fault, ok('{"a": 1}'))
    assert made.json("http://x.test/") == {"a": 1}
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (status(500), SourceUnavailable),
        (status(429, Retry_After="0"), SourceRateLimited),
        (httpx.ConnectError("refused"), SourceUnavailable),
        (ok("nonsense"), MalformedSourceResponse),
    ],
)
def test_a_lasting_fault_is_named_after_some_tries(fault, error):
    made, asked = wire(fault)
    with pytest.raises(error, match=r"^test: http://x\.test/"):
        made.json("http://x.test/")
    assert len(asked) == module.ATTEMPTS


@pytest.mark.parametrize(
    ("code", "error"), [(404, NotGiven), (410, NotGiven), (451, NotGiven), (401, SourceRefused), (403, SourceRefused), (400, SourceRefused)]
)
def test_a_refusal_is_not_tried_again(code, error):
    made, asked = wire(status(code))
    with pytest.raises(error, match=str(code)):
        made.document("http://x.test/")
    assert len(asked) == 1


def test_a_wait_beyond_patience_ends_the_try_and_is_said():
    made, asked = wire(status(429, Retry_After="3600"))
    with pytest.raises(SourceRateLimited, match="3600 s") as caught:
        made.json("http://x.test/")
    assert caught.value.retry_after_s == 3600
    assert len(asked) == 1


def test_retry_after_is_seconds_or_a_date():
    now = datetime(2024, 1, 1, 12, 0, tzinfo=UTC)
    assert retry_after_s("7") == 7
    assert retry_after_s("Mon, 01 Jan 2024 12:00:30 GMT", now) == 30
    assert retry_after_s("Mon, 01 Jan 2024 11:00:00 GMT", now) == 0
    assert retry_after_s("Mon, 01 Jan 2024 12:00:05 -0000", now) == 5
    assert retry_after_s("") is None
    assert retry_after_s("soon") is None


def test_requests_are_spaced_out():
    slept = []
    client = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, text="{}")))
    made = Wire("test", 2, client=client, sleep=slept.append)
    for _ in range(3):
        made.json("http://x.test/")
    assert len(slept) == 2
    assert 0.3 < slept[0] <= 0.5
    assert 0.8 < slept[1] <= 1.0


def test_the_source_learns_who_asks():
    made, asked = wire(ok(), contact="a@b.example")
    made.json("http://x.test/", {"q": "a b"})
    assert asked[0].headers["User-Agent"].startswith("radqa/")
    assert "mailto:a@b.example" in asked[0].headers["User-Agent"]
    assert asked[0].headers["From"] == "a@b.example"
    assert asked[0].url.params["q"] == "a b"


def test_a_document_that_fails_its_check_is_fetched_again():
    def check(data):
        if data != b"good":
            raise MalformedSourceResponse("test", "bad")

    made, asked = wire(ok("bad"), ok("good"))
    assert made.document("http://x.test/", check=check) == b"good"
    assert len(asked) == 2


def test_a_document_beyond_the_limit_is_not_read_on(monkeypatch):
    monkeypatch.setattr(module, "LARGEST_DOCUMENT", 10)
    made, _ = wire(ok("x" * 11))
    with pytest.raises(NotGiven, match="larger"):
        made.document("http://x.test/")


def test_an_address_that_leads_in_circles_is_refused():
    made, _ = wire(status(302, Location="http://x.test/"))
    with pytest.raises(SourceRefused, match="cannot be followed"):
        made.document("http://x.test/")


def test_an_archive_beyond_the_limit_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "LARGEST_ARCHIVE", 10)
    made, _ = wire(lambda: httpx.Response(200, content=iter([b"x" * 11])))
    with pytest.raises(SourceRefused, match="larger"):
        made.archive("http://x.test/", tmp_path / "a.tgz")


@pytest.mark.parametrize(
    "inside", ["http://127.0.0.1/", "http://localhost:8080/", "http://[::1]/", "http://169.254.169.254/latest", "http://10.0.0.4/"]
)
def test_a_redirect_to_this_machine_or_its_network_is_not_followed(inside):
    made, asked = wire(status(302, Location=inside), ok('{"a": 1}'))
    with pytest.raises(SourceRefused, match="no public address"):
        made.json("http://x.test/")
    assert [request.url.host for request in asked] == ["x.test"]


def test_a_redirect_within_a_host_is_followed():
    made, asked = wire(status(302, Location="/there"), ok('{"a": 1}'))
    assert made.json("http://127.0.0.1/here") == {"a": 1}
    assert len(asked) == 2


def test_a_socks_proxy_of_the_environment_is_named_with_its_remedy(monkeypatch):
    from corpora.errors import MissingExtra

    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    with pytest.raises(MissingExtra, match="SOCKS proxy"):
        Wire("source", 1.0, "")
