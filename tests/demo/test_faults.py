"""Injected faults, rate limits and latency."""

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
    """Inject these faults from now on."""
    demo.behaviour.faults.extend(faults)


def test_fault_status(api: Any, demo: Demo):
    """The fault `status` answers with that status, headers and an error body, as often as set."""
    inject(demo, Fault("status", "/myself", times=2, status=503, headers={"Retry-After": "7"}))
    first, second, third = api("/myself"), api("/myself"), api("/myself")
    assert (first.status_code, first.headers["Retry-After"], first.json()["statusCode"]) == (503, "7", 503)
    assert (second.status_code, third.status_code) == (503, 200)


def test_a_fault_applies_to_its_path_only(api: Any, demo: Demo):
    """Requests with another path do not get a fault or use it up; `skip` lets some of its own requests pass first."""
    inject(demo, Fault("status", "_count", skip=1, status=500))
    assert api("/myself").status_code == 200
    assert [api("/issues/_count", OPS).status_code for _ in range(3)] == [200, 500, 200]


def test_a_fault_applies_to_its_body_only(api: Any, demo: Demo):
    """Requests whose body does not contain `body_has` do not get a fault or use it up."""
    inject(demo, Fault("status", "_count", body_has="Queue: OPS", status=500))
    assert [api("/issues/_count", body).status_code for body in ({"query": "Queue: DEV"}, OPS, OPS)] == [200, 500, 200]


def test_fault_html(api: Any, demo: Demo):
    """The fault `html` answers with an HTML page in place of JSON."""
    inject(demo, Fault("html", "/myself", status=502))
    page = api("/myself")
    assert (page.status_code, page.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert page.text.startswith("<!DOCTYPE html>")


def test_fault_empty(api: Any, demo: Demo):
    """The fault `empty` answers with 200 and no body."""
    inject(demo, Fault("empty", "/queues"))
    response = api("/queues")
    assert (response.status_code, response.content) == (200, b"")


def test_fault_redirect(api: Any, demo: Demo):
    """The fault `redirect` redirects to any address."""
    inject(demo, Fault("redirect", "/myself", location="http://elsewhere.invalid/x"))
    response = api("/myself", allow_redirects=False)
    assert (response.status_code, response.headers["Location"]) == (302, "http://elsewhere.invalid/x")


def test_fault_cut(api: Any, demo: Demo):
    """After the fault `cut`, the connection ends before the announced length was sent."""
    inject(demo, Fault("cut", "/fields"))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        api("/fields")
    assert api("/fields").status_code == 200


def test_fault_short_length(api: Any, demo: Demo):
    """With the fault `short_length`, the body goes on after its announced end."""
    whole = api("/issues/_count", OPS).text
    inject(demo, Fault("short_length", "_count"))
    response = api("/issues/_count", OPS)
    assert response.text == whole[: len(whole) // 2]
    assert response.headers["Content-Length"] == str(len(whole) // 2)


def test_a_fault_without_length(api: Any, demo: Demo):
    """The response to a fault `without_length` ends with the connection, so that a cut body looks whole."""
    whole = api("/issues/_count", OPS).text
    inject(demo, Fault("hook", "_count", without_length=True), Fault("cut", "_count", without_length=True))
    responses = [api("/issues/_count", OPS) for _ in range(3)]
    assert [response.text for response in responses] == [whole, whole[: len(whole) // 2], whole]
    assert ["Content-Length" in response.headers for response in responses] == [False, False, True]


def test_fault_drop(api: Any, demo: Demo):
    """After the fault `drop`, the request was carried out without a response: a scroll loses a page this way."""
    first = api("/issues/_search?scrollType=sorted&perScroll=50", {"query": "Queue: DEV"})
    address = f"/issues/_search?scrollId={first.headers['X-Scroll-Id']}"
    inject(demo, Fault("drop", "_search"))
    with pytest.raises(requests.ConnectionError):
        api(address, {})
    assert len(api(address, {}).json()) == 20
    assert [request.status for request in demo.journal] == [200, 0, 200]


def test_fault_slow(api: Any, demo: Demo):
    """The fault `slow` delays the response beyond the timeout of the client."""
    inject(demo, Fault("slow", "/myself", seconds=0.5))
    with pytest.raises(requests.ReadTimeout):
        api.session.get(f"{demo.url}/v3/myself", timeout=0.05)


def test_fault_expire_scroll(api: Any, demo: Demo):
    """The fault `expire_scroll` closes all scrolls before the request."""
    first = api("/issues/_search?scrollType=sorted&perScroll=50", {"query": "Queue: DEV"})
    inject(demo, Fault("expire_scroll", "_search"))
    assert api(f"/issues/_search?scrollId={first.headers['X-Scroll-Id']}", {}).status_code == 404


def test_fault_hook(api: Any, demo: Demo):
    """A hook changes the world between two pages: one of eleven hits stops matching, so the second page is empty."""

    def close_one() -> None:
        demo.world.issues["DEV-1"].values["type"] = "epic"

    body = {"query": "Key: " + ", ".join(f"DEV-{number}" for number in range(1, 12)) + " Type: !epic"}
    inject(demo, Fault("hook", "_search", skip=1, hook=close_one))
    assert len(api("/issues/_search?perPage=10", body).json()) == 10
    assert api("/issues/_search?perPage=10&page=2", body).json() == []


@given(st.lists(st.floats(0, 0.6), max_size=60), st.integers(1, 7))
def test_the_rate_limit_holds_in_every_sliding_second(steps: list[float], most: int):
    """However requests are spaced, at most `most` of them are admitted in any second, and always the first one."""
    now, admitted = 0.0, []
    limits = RateLimit(clock=lambda: now)
    for step in steps:
        now += step
        if limits.admit("search", most):
            admitted.append(now)
    assert bool(admitted) is bool(steps)
    for at in admitted:
        assert sum(at <= other < at + 1 for other in admitted) <= most


def test_groups_have_separate_rate_limits(serve: Callable[..., Demo], client_of: Any):
    """Searches and counts share one rate limit, all other requests another."""
    api = client_of(serve(behaviour=Behaviour(search_rps=0.01, other_rps=0.01)))
    assert api("/issues/_count", OPS).status_code == 200
    assert api("/issues/_search", OPS).status_code == 429
    assert api("/myself").status_code == 200
    assert api("/queues").status_code == 429


@pytest.mark.parametrize("form", ["seconds", "date", "none"])
def test_retry_after(serve: Any, client_of: Any, form: Any):
    """Retry-After has seconds or a date, or is missing, as `retry_after` sets."""
    api = client_of(serve(behaviour=Behaviour(other_rps=0.01, retry_after=form, retry_after_s=30)))
    api("/myself")
    response = api("/myself")
    assert response.json()["errorMessages"] == ["Слишком много запросов."]
    assert response.json()["statusCode"] == 429
    header = response.headers.get("Retry-After")
    if form == "none":
        assert header is None
    elif form == "seconds":
        assert header == "30"
    else:
        assert 10 <= parsedate_to_datetime(header).timestamp() - time.time() <= 32  # on a busy machine


def test_latency(serve: Any, client_of: Any):
    """Each response takes its latency, and each issue in it adds to that."""
    api = client_of(serve(behaviour=Behaviour(latency_ms=20, issue_ms=1)))
    began = time.perf_counter()
    api("/issues/_search?perPage=100", {"query": "Queue: DEV"})
    assert time.perf_counter() - began >= 0.12


def test_fault_trickle(api: Any, demo: Demo):
    """A trickling body comes in parts, but whole."""
    inject(demo, Fault("trickle", "/myself", seconds=0.01))
    began = time.perf_counter()
    trickled = api("/myself")
    assert time.perf_counter() - began >= 0.08
    assert trickled.json() == api("/myself").json()


def test_fault_damage(api: Any, demo: Demo):
    """A damaged body is no JSON, even if its texts have colons."""
    summary = "12:30: " * 200
    for issue in demo.world.issues.values():
        issue.values["summary"] = summary
    inject(demo, Fault("damage", "_search"))
    with pytest.raises(requests.JSONDecodeError):
        api("/issues/_search?fields=summary", OPS).json()


def test_fault_drip(demo: Demo):
    """A dripping body never ends: blanks follow its last byte. Other requests are answered meanwhile."""
    inject(demo, Fault("drip", "/myself"))
    headers = {"Authorization": f"OAuth {demo.access.token}", "X-Org-ID": demo.access.org_id}
    with requests.get(demo.url + "/v3/myself", headers=headers, stream=True, timeout=5) as response:
        assert int(response.headers["Content-Length"]) > 1 << 30
        beginning = next(response.iter_content(1 << 16))
    assert beginning.startswith(b"{")
    assert beginning.endswith(b" " * 8)
    whole = requests.get(demo.url + "/v3/myself", headers=headers, timeout=5)
    assert whole.json()["uid"] == orjson.loads(beginning)["uid"]
