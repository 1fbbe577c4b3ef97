"""One request: its address and headers, redirects, attempts, renewal of the token, rate limits, and scrolls."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tracker_magic.api import Client, Operation, Request
from tracker_magic.api.execution import Clock
from tracker_magic.api.rate_limiter import RateLimiters
from tracker_magic.auth import Login, Organisation, Token, TokenProvider
from tracker_magic.demo.behaviour import Fault
from tracker_magic.errors import (
    BadOption,
    Cancelled,
    NotLoggedIn,
    RateLimited,
    Refused,
    ServiceBroken,
    UnexpectedReply,
    Unreachable,
    UnsavedLogin,
    WrongOrganisation,
)
from tracker_magic.secret import Secret

MYSELF = Request("GET", "myself")
SEARCH = Request("POST", "issues/_search", {"perPage": 10}, {"query": "Queue: DEV"}, reads="issues")
LIMIT_S = 60.0
UNDATED_ISSUES = [{"id": "1", "key": "DEV-1"}]


def client_with(client, demo, *, token=None, provider=None, organisation_id=None, limiters=None):
    """A client over the transport of `client`, with another login."""
    token = token or Token(Secret(demo.names["TRACKER_TOKEN"]))
    organisation = Organisation(organisation_id or demo.names["TRACKER_ORG_ID"], "360")
    limiters = limiters or RateLimiters(None, None)
    return Client(client.transport, Login(token, "test", provider), organisation, demo.url, limiters)


# Addresses and headers.


@pytest.mark.parametrize(
    ("path", "expected"), [("myself", "/v3/myself"), ("/myself", "/v3/myself"), ("v2/myself", "/v2/myself")]
)
def test_a_path_is_below_v3_unless_it_names_its_version(client, demo, make_operation, path, expected):
    """`myself` is /v3/myself; a path that begins with /v2 or /v3 stays as it is, as does a whole address."""
    client.fetch(make_operation(), Request("GET", path))
    client.fetch(make_operation(), Request("GET", demo.url + expected))
    assert [request.path for request in demo.journal] == [expected, expected]


def test_a_request_to_another_host_is_not_sent(client, make_operation):
    """An address of another host is refused, so that the token goes to the configured service only."""
    with pytest.raises(BadOption, match="not the configured service"):
        client.fetch(make_operation(), Request("GET", "https://tracker.example.com/v3/myself"))


def test_a_request_is_signed_and_names_its_language(client, demo, make_operation):
    """Each request has the token, the organisation and the operation's language; parameters of None are left out."""
    answer = client.fetch(make_operation(lang="en"), replace(MYSELF, params={"expand": None, "fields": "login"}))
    (request,) = demo.journal
    assert request.headers["Authorization"] == f"OAuth {demo.names['TRACKER_TOKEN']}"
    assert request.headers["X-Org-Id"] == demo.names["TRACKER_ORG_ID"]
    assert request.headers["Accept-Language"] == "en"
    assert request.query == {"fields": ["login"]}
    assert answer.data["login"]
    assert answer.url.startswith(demo.url)


def test_every_request_of_an_operation_is_counted(client, make_operation):
    """An operation knows how many requests it sent; a cancelled one sends none."""
    operation = make_operation()
    for _ in range(3):
        client.fetch(operation, MYSELF)
    assert operation.requests == client.transport.sent == 3
    operation.cancellation.cancel()
    with pytest.raises(Cancelled):
        client.fetch(operation, MYSELF)
    assert operation.requests == client.transport.sent == 3


# Redirects.


def test_a_moved_issue_is_found_at_its_new_address(client, demo, make_operation):
    """A redirect within the service is followed, and the answer names the address that answered."""
    moved = next(issue for issue in demo.world.issues.values() if issue.aliases)
    answer = client.fetch(make_operation(), Request("GET", f"issues/{moved.aliases[0]}", {"fields": "key"}))
    assert answer.data["key"] == moved.key
    assert answer.url.split("?")[0].endswith(f"/issues/{moved.key}")


def test_a_redirect_in_a_circle_is_an_error(client, demo, make_operation):
    """A service that redirects for ever is asked a few times only."""
    location = demo.url + "/v3/myself"
    demo.behaviour.faults.append(Fault("redirect", "/myself", times=1000, location=location))
    with pytest.raises(Refused, match="redirects in a circle"):
        client.fetch(make_operation(), MYSELF)
    assert len(demo.journal) == 6


def test_a_redirect_to_another_host_is_not_followed(client, demo, make_operation):
    """The token stays at the configured service."""
    location = "https://tracker.example.com/v3/myself"
    demo.behaviour.faults.append(Fault("redirect", "/myself", location=location))
    with pytest.raises(Refused, match=r"another host \(tracker\.example\.com\)"):
        client.fetch(make_operation(), MYSELF)


# Attempts.


@pytest.mark.parametrize("kind", ["status", "html", "empty", "cut", "garble", "drop", "reset"])
def test_a_transient_failure_is_repeated(client, demo, make_operation, clock, kind):
    """After 5xx, HTML, a broken connection or half a body the request is sent again, after a wait."""
    client.fetch(make_operation(), MYSELF)
    demo.behaviour.faults.append(Fault(kind, "/myself", times=2, status=502))
    operation = make_operation()
    assert client.fetch(operation, MYSELF).data["login"]
    assert operation.requests == 3
    assert len(clock.waits) == 2


@pytest.mark.parametrize(("kind", "expected"), [("status", ServiceBroken), ("drop", Unreachable)])
def test_a_request_that_is_not_repeatable_is_sent_once(client, demo, make_operation, kind, expected):
    """A page of a scroll, and a request that changes something, may have been carried out: it is not sent again."""
    for options in ({"is_repeatable": False}, {"changes": True}):
        demo.journal.clear()
        demo.behaviour.faults.append(Fault(kind, "/myself"))
        with pytest.raises(expected):
            client.fetch(make_operation(), Request("GET", "myself", **options))
        assert len(demo.journal) == 1


def test_after_429_a_request_is_sent_again_unless_it_changes_something(client, demo, make_operation, clock):
    """A request that was refused with 429 did nothing: it is repeated after `Retry-After`, but a change never is."""
    refusal = {"status": 429, "headers": {"Retry-After": "7"}}
    demo.behaviour.faults.append(Fault("status", "/myself", **refusal))
    assert client.fetch(make_operation(), Request("GET", "myself", is_repeatable=False)).data["login"]
    assert sum(clock.waits) >= 7
    demo.behaviour.faults.append(Fault("status", "/myself", **refusal))
    with pytest.raises(RateLimited):
        client.fetch(make_operation(), Request("GET", "myself", changes=True))


def test_a_wrong_address_costs_a_second(client, demo, make_operation, clock):
    """Until the service has answered once, a failure may mean a wrong address: it is repeated for a second only."""
    demo.behaviour.faults.append(Fault("html", "/myself", times=1000, status=200))
    with pytest.raises(UnexpectedReply, match=r"HTML page.*\(sent \d times within"):
        client.fetch(make_operation(), MYSELF)
    assert 0 < sum(clock.waits) <= 1


def test_a_service_that_worked_is_tried_for_two_minutes(client, demo, make_operation, clock):
    """After the first good answer a failure is the service's own: the request is repeated for two minutes."""
    client.fetch(make_operation(), MYSELF)
    demo.behaviour.faults.append(Fault("html", "/myself", times=1000, status=200))
    with pytest.raises(UnexpectedReply, match="HTML page"):
        client.fetch(make_operation(), MYSELF)
    assert 60 < sum(clock.waits) <= 120


def test_an_attempt_that_cannot_end_in_time_is_not_waited_for(client, demo, make_operation, clock):
    """If the service asks for a longer wait than the time limit leaves, the error says both at once."""
    demo.behaviour.faults.append(Fault("status", "/myself", status=503, headers={"Retry-After": "3600"}))
    with pytest.raises(ServiceBroken, match=r"it asks to wait for 60 min; the time limit leaves \d"):
        client.fetch(make_operation(10.0), MYSELF)
    assert clock.waits == []


def test_the_time_limit_does_not_hide_the_failure_before_it(client, demo):
    """If the last attempt ends with the time limit, the failure that was repeated is reported, as it says more."""
    client.fetch(Operation(), MYSELF)
    released = threading.Event()
    demo.behaviour.faults += [
        Fault("status", "/myself", status=502),
        Fault("hook", "/myself", hook=lambda: released.wait(LIMIT_S)),
    ]
    try:
        with pytest.raises(ServiceBroken, match=r"\(502\).*the time limit leaves 0 s"):
            client.fetch(Operation(0.7), MYSELF)
    finally:
        released.set()


def test_progress_shows_why_a_request_is_repeated(client, demo):
    """While a request waits for another attempt, progress has the error and the seconds that are left."""
    shown, reports = threading.Event(), []

    class UntilShown(Clock):
        def wait(self, cancellation, seconds):  # noqa: ARG002 - the base class's signature
            shown.wait(LIMIT_S)

    def progress(report):
        if report.waiting_for is not None:
            reports.append(report)
            shown.set()

    demo.behaviour.faults.append(Fault("status", "/myself", status=502, headers={"Retry-After": "30"}))
    operation = Operation(progress=progress, clock=UntilShown())
    assert operation.run(client.fetch, operation, MYSELF).data["login"]
    assert reports[0].waiting_for.status == 502
    assert 20 < reports[0].waiting_s <= 30


def test_progress_shows_an_error_until_there_is_an_answer(client, demo):
    """While a request that failed is in flight again, progress still has the error; after the answer it has none."""
    shown, reports = threading.Event(), []

    def progress(report):
        reports.append(report)
        if report.waiting_for is not None and report.waiting_s == 0:
            shown.set()

    demo.behaviour.faults += [
        Fault("status", "/myself", status=502),
        Fault("hook", "/myself", hook=lambda: shown.wait(LIMIT_S)),
    ]
    operation = Operation(progress=progress)
    operation.run(client.fetch, operation, MYSELF)
    assert shown.is_set()
    operation.run(operation.report, "issues", 1, 1)
    assert reports[-1].waiting_for is None


# Logins.


class Renewal(TokenProvider):
    """Gives this token in place of the first one."""

    is_renewable = True

    def __init__(self, token):
        self.renewals = 0
        self._token = token

    def renew(self, token):  # noqa: ARG002 - the base class's signature
        """The token."""
        self.renewals += 1
        return self._token

    def take_warnings(self):
        """Say that it was not saved, once."""
        return [UnsavedLogin("not saved")] if self.renewals == 1 else []


def test_a_refused_token_is_renewed_once(client, demo, make_operation):
    """After a 401 the request is sent again with a renewed token; if that is refused as well, it is an error."""
    refused, good = Token(Secret("y0_" + "x" * 55)), Token(Secret(demo.names["TRACKER_TOKEN"]))
    renewal = Renewal(good)
    operation = make_operation()
    with pytest.warns(UnsavedLogin, match="not saved"):
        answer = operation.run(client_with(client, demo, token=refused, provider=renewal).fetch, operation, MYSELF)
    assert answer.data["login"]
    assert renewal.renewals == 1
    renewal = Renewal(Token(Secret("y0_" + "z" * 55)))
    with pytest.raises(NotLoggedIn):
        client_with(client, demo, token=refused, provider=renewal).fetch(make_operation(), MYSELF)
    assert renewal.renewals == 1


def test_a_wrong_organisation_is_not_repeated(client, demo, make_operation):
    """A 403 about the organisation is an error at once."""
    with pytest.raises(WrongOrganisation):
        client_with(client, demo, organisation_id="404").fetch(make_operation(), MYSELF)
    assert len(demo.journal) == 1


# Rate limits.


def test_a_request_waits_for_the_rate_limit_of_its_group(client, demo, make_operation, clock):
    """Searches and other requests have a limit each; a request waits until its own limit lets it start."""
    limited = client_with(client, demo, limiters=RateLimiters(0.1, None))
    for _ in range(2):
        limited.fetch(make_operation(), MYSELF)
    assert clock.waits == []
    for _ in range(2):
        list(limited.fetch(make_operation(), SEARCH).data)
    assert sum(clock.waits) > 5


def test_a_pause_longer_than_the_time_limit_is_an_error_at_once(client, make_operation, clock):
    """While the service asks for a pause, a request that could not start in time fails with RateLimited."""
    client.limiters["other"].pause_until(clock.monotonic() + 3600)
    with pytest.raises(RateLimited, match="asks to wait for another 60 min"):
        client.fetch(make_operation(10.0), MYSELF)
    assert client.transport.sent == 0
    assert client.fetch(make_operation(), MYSELF).data["login"]
    assert sum(clock.waits) > 3500


def test_clients_can_share_their_limits(client, demo, make_operation):
    """After `share_limiters` a client keeps to the limits of another client of the same person."""
    limiters = RateLimiters(5, 10)
    other = client_with(client, demo)
    other.share_limiters(limiters)
    assert other.limiters is limiters
    assert other.fetch(make_operation(), MYSELF).data["login"]


# Scrolls.


def test_open_scrolls_are_released(client, demo, make_operation):
    """`release_scrolls` releases what an operation left open, in one request, and nothing if there is none."""
    operation = make_operation()
    for query in ("Queue: DEV", "Queue: OPS"):
        params = {"scrollType": "unsorted", "perScroll": 10}
        list(client.fetch(operation, Request("POST", "issues/_search", params, {"query": query}, "issues")).data)
    assert demo.open_scrolls == 2
    client.release_scrolls(operation)
    assert demo.open_scrolls == 0
    sent = client.transport.sent
    client.release_scrolls(operation)
    assert client.transport.sent == sent == operation.requests


def test_a_scroll_is_known_although_its_page_cannot_be_read(client, demo, make_operation):
    """The scroll of a garbled page is still released."""
    demo.behaviour.faults.append(Fault("garble", "/_search"))
    operation = make_operation()
    params = {"scrollType": "unsorted", "perScroll": 10}
    request = Request("POST", "issues/_search", params, {"query": "Queue: DEV"}, "issues", is_repeatable=False)
    with pytest.raises(UnexpectedReply):
        client.fetch(operation, request)
    assert demo.open_scrolls == 1
    client.release_scrolls(operation)
    assert demo.open_scrolls == 0


def test_a_release_that_fails_is_not_reported(client, demo, make_operation):
    """Scrolls end by themselves after a minute: a failure to release them is no error of the call."""
    demo.behaviour.faults.append(Fault("status", "_clear", times=100, status=500))
    operation = make_operation()
    operation.note_scroll("scroll-id", "token")
    client.release_scrolls(operation)
    assert operation.take_scrolls() == {}


def test_issues_without_a_time_of_creation_are_accepted_if_they_always_come(client, demo, make_operation):
    """A page of issues without `createdAt` is a failure; after four in a row that is how this service is."""

    def fetch_undated(times):
        demo.behaviour.faults.append(Fault("shape", "/_search", times=times, body=UNDATED_ISSUES))
        for _ in range(times):
            request = Request("POST", "issues/_search", body={}, reads="issues", is_repeatable=False)
            with pytest.raises(UnexpectedReply):
                client.fetch(make_operation(), request)

    fetch_undated(3)
    list(client.fetch(make_operation(), SEARCH).data)
    fetch_undated(4)
    demo.behaviour.faults.append(Fault("shape", "/_search", body=UNDATED_ISSUES))
    assert list(client.fetch(make_operation(), SEARCH).data) == [UNDATED_ISSUES]
    assert not client.sizes.needs_created


def test_one_client_serves_many_threads(client):
    """Requests of several threads over one client do not disturb each other."""
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: client.fetch(Operation(LIMIT_S), MYSELF).data["login"], range(40)))
    assert len(set(answers)) == 1
