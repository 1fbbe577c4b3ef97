"""Injected faults, limits and slowness."""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import orjson
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.rate_limit import RateLimit
from tracker_magic.demo.server import Demo

OPS = {"query": "Queue: OPS"}


def inject(demo: Demo, *faults: Fault) -> None:
    """Let these faults strike from now on."""
    demo.behaviour.faults.extend(faults)


def test_a_status(ask: Any, demo: Demo):
    """That status, with headers and an envelope, as often as asked; then the real answer."""
    inject(demo, Fault("status", "/myself", times=2, status=503, headers={"Retry-After": "7"}))
    first, second, third = ask("/myself"), ask("/myself"), ask("/myself")
    assert (first.status_code, first.headers["Retry-After"], first.json()["statusCode"]) == (503, "7", 503)
    assert (second.status_code, third.status_code) == (503, 200)


def test_only_requests_of_its_path_are_struck(ask: Any, demo: Demo):
    """Others pass, and do not use it up; `skip` lets some of its own pass first."""
    inject(demo, Fault("status", "_count", skip=1, status=500))
    assert ask("/myself").status_code == 200
    assert [ask("/issues/_count", OPS).status_code for _ in range(3)] == [200, 500, 200]


def test_only_requests_with_that_body_are_struck(ask: Any, demo: Demo):
    """`body_has` is looked for in the body as it came; the others do not use the fault up."""
    inject(demo, Fault("status", "_count", body_has="Queue: OPS", status=500))
    assert [ask("/issues/_count", body).status_code for body in ({"query": "Queue: DEV"}, OPS, OPS)] == [200, 500, 200]


def test_a_page_of_html(ask: Any, demo: Demo):
    """In place of JSON."""
    inject(demo, Fault("html", "/myself", status=502))
    page = ask("/myself")
    assert (page.status_code, page.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert page.text.startswith("<!DOCTYPE html>")


def test_an_empty_body(ask: Any, demo: Demo):
    """200 and nothing."""
    inject(demo, Fault("empty", "/queues"))
    answer = ask("/queues")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_redirect(ask: Any, demo: Demo):
    """To any address."""
    inject(demo, Fault("redirect", "/myself", location="http://elsewhere.invalid/x"))
    answer = ask("/myself", allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://elsewhere.invalid/x")


def test_a_cut_body(ask: Any, demo: Demo):
    """Less comes than was said, then the connection ends."""
    inject(demo, Fault("cut", "/fields"))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        ask("/fields")
    assert ask("/fields").status_code == 200


def test_a_dropped_answer(ask: Any, demo: Demo):
    """The request is carried out, no answer comes: a scroll loses a page so."""
    first = ask("/issues/_search?scrollType=sorted&perScroll=50", {"query": "Queue: DEV"})
    address = f"/issues/_search?scrollId={first.headers['X-Scroll-Id']}"
    inject(demo, Fault("drop", "_search"))
    with pytest.raises(requests.ConnectionError):
        ask(address, {})
    assert len(ask(address, {}).json()) == 20
    assert [seen.status for seen in demo.journal] == [200, 0, 200]


def test_a_slow_answer(ask: Any, demo: Demo):
    """The client's own patience ends first."""
    inject(demo, Fault("slow", "/myself", seconds=0.5))
    with pytest.raises(requests.ReadTimeout):
        ask.session.get(f"{demo.url}/v3/myself", timeout=0.05)


def test_expired_scrolls(ask: Any, demo: Demo):
    """All scrolls are forgotten before the request."""
    first = ask("/issues/_search?scrollType=sorted&perScroll=50", {"query": "Queue: DEV"})
    inject(demo, Fault("expire_scroll", "_search"))
    assert ask(f"/issues/_search?scrollId={first.headers['X-Scroll-Id']}", {}).status_code == 404


def test_a_change_between_two_pages(ask: Any, demo: Demo):
    """Eleven hits, ten a page; one stops matching: the second page is empty."""

    def close_one() -> None:
        demo.world.issues["DEV-1"].values["type"] = "epic"

    body = {"query": "Key: " + ", ".join(f"DEV-{number}" for number in range(1, 12)) + " Type: !epic"}
    inject(demo, Fault("hook", "_search", skip=1, hook=close_one))
    assert len(ask("/issues/_search?perPage=10", body).json()) == 10
    assert ask("/issues/_search?perPage=10&page=2", body).json() == []


@given(st.lists(st.floats(0, 0.6), max_size=60), st.integers(1, 7))
def test_no_sliding_second_holds_more(steps: list[float], most: int):
    """Whatever the rhythm, at most `most` are let in within any second, and the first one always."""
    now, passed = 0.0, []
    limits = RateLimit(clock=lambda: now)
    for step in steps:
        now += step
        if limits.admit("search", most):
            passed.append(now)
    assert bool(passed) is bool(steps)
    for at in passed:
        assert sum(at <= other < at + 1 for other in passed) <= most


def test_groups_count_by_themselves(serve: Callable[..., Demo], client_of: Any):
    """Search and count share one limit, the rest another."""
    ask = client_of(serve(behaviour=Behaviour(search_rps=0.01, other_rps=0.01)))
    assert ask("/issues/_count", OPS).status_code == 200
    assert ask("/issues/_search", OPS).status_code == 429
    assert ask("/myself").status_code == 200
    assert ask("/queues").status_code == 429


@pytest.mark.parametrize("form", ["seconds", "date", "none"])
def test_when_to_come_back(serve: Any, client_of: Any, form: Any):
    """As seconds, as a date, or not at all."""
    ask = client_of(serve(behaviour=Behaviour(other_rps=0.01, retry_after=form, retry_after_s=30)))
    ask("/myself")
    answer = ask("/myself")
    assert answer.json() == {"errors": {}, "errorMessages": ["Слишком много запросов."], "statusCode": 429}
    given_ = answer.headers.get("Retry-After")
    if form == "none":
        assert given_ is None
    elif form == "seconds":
        assert given_ == "30"
    else:
        assert 28 <= parsedate_to_datetime(given_).timestamp() - time.time() <= 32


def test_latency(serve: Any, client_of: Any):
    """Each answer takes its time, each issue a little more."""
    ask = client_of(serve(behaviour=Behaviour(latency_ms=20, issue_ms=1)))
    began = time.perf_counter()
    ask("/issues/_search?perPage=100", {"query": "Queue: DEV"})
    assert time.perf_counter() - began >= 0.12


def test_a_body_that_drips(demo: Demo):
    """A few bytes at a time, blanks after the last of them, and no end; other requests are answered meanwhile."""
    inject(demo, Fault("drip", "/myself"))
    headers = {"Authorization": f"OAuth {demo.access.token}", "X-Org-ID": demo.access.org_id}
    with requests.get(demo.url + "/v3/myself", headers=headers, stream=True, timeout=5) as answer:
        assert int(answer.headers["Content-Length"]) > 1 << 30
        begun = next(answer.iter_content(1 << 16))
    assert begun.startswith(b"{")
    assert begun.endswith(b" " * 8)
    whole = requests.get(demo.url + "/v3/myself", headers=headers, timeout=5)
    assert whole.json()["uid"] == orjson.loads(begun)["uid"]
