"""A Tracker's connection: its login, what is shown of that and pickled, threads, shared rate limits and progress."""

import pickle
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tracker_magic import Tracker, connect, errors
from tracker_magic.auth import Login, Organisation, Token, TokenProvider
from tracker_magic.demo.behaviour import Fault
from tracker_magic.secret import Secret

VARIABLES = ("TRACKER_TOKEN", "TRACKER_ORG_ID", "TRACKER_API_BASE_URL", "TRACKER_CLOUD_ORG_ID", "TRACKER_IAM_TOKEN")


@pytest.fixture
def environment(demo, monkeypatch, tmp_path) -> pytest.MonkeyPatch:
    """The environment of a kernel that a demo started, with no stored profile; changeable by its methods."""
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path))
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in demo.names.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


# The login.


def test_me_is_asked_once(tracker, demo):
    """`me` is an immutable record of the user, and costs one request in all."""
    me = tracker.me
    assert (me.login, me.org, me.org_kind, me.source) == (
        demo.world.users[demo.world.me].login,
        demo.names["TRACKER_ORG_ID"],
        "360",
        "argument",
    )
    assert tracker.me is me
    assert len(demo.journal) == 1
    with pytest.raises(AttributeError):
        me.login = "x"


def test_each_kind_of_login_sends_its_own_headers(make, demo):
    """A request has an OAuth or a Bearer token, and one organisation header, or none for Yandex's internal Tracker."""
    make().me
    make(org_id=None, cloud_org_id=demo.access.cloud_org_id).me
    make(
        token=None, iam_token=demo.access.issue_iam(demo.world.me), org_id=None, cloud_org_id=demo.access.cloud_org_id
    ).me
    demo.access.internal = True
    make(org_id=None).me
    demo.access.internal = False
    sent = [{name.lower(): value for name, value in request.headers.items()} for request in demo.journal]
    assert [headers["authorization"].split()[0] for headers in sent] == ["OAuth", "OAuth", "Bearer", "OAuth"]
    assert [("x-org-id" in headers, "x-cloud-org-id" in headers) for headers in sent] == [
        (True, False), (False, True), (False, True), (False, False),
    ]  # fmt: skip


def attributes_of(value: object) -> Iterator[object]:
    """`value` and the objects of this package, or of requests, that its attributes lead to."""
    seen, remaining = set(), [value]
    while remaining:
        each = remaining.pop()
        if id(each) in seen or not type(each).__module__.startswith(("tracker_magic", "requests")):
            continue
        seen.add(id(each))
        yield each
        slots = {name: getattr(each, name, None) for name in getattr(type(each), "__slots__", ())}
        remaining += [*vars(each).values(), *slots.values()] if hasattr(each, "__dict__") else slots.values()


def test_no_text_of_a_tracker_shows_the_token(tracker, demo):
    """Neither the texts of a Tracker nor those of any object inside it show the token."""
    tracker.me
    token = demo.names["TRACKER_TOKEN"]
    inside = list(attributes_of(tracker))
    assert {"Tracker", "Connection", "Client", "Login", "Token", "Secret", "Transport"} <= {
        type(each).__name__ for each in inside
    }
    texts = [text for each in inside for text in (repr(each), str(each))]
    texts += [repr(vars(each)) for each in inside if hasattr(each, "__dict__")]
    assert not [text for text in texts if token in text]
    assert tracker.me.login in repr(tracker)


def test_repr_sends_no_request(make, demo):
    """Showing a Tracker sends no request."""
    assert "X-Org-ID" in repr(make())
    assert not demo.journal


def test_connect_reads_the_environment(environment):
    """`connect` takes token, organisation and address from the environment; `me.source` names the variable."""
    with connect() as tracker:
        assert tracker.me.source == "environment: TRACKER_TOKEN"
        assert tracker.count("Queue: DESIGN")
    environment.delenv("TRACKER_TOKEN")
    with pytest.raises(errors.NotLoggedIn, match="TRACKER_TOKEN"):
        connect()


def test_all_mistakes_of_the_environment_are_reported_at_once(environment):
    """Two tokens and two organisations are one error that names both mistakes."""
    environment.setenv("TRACKER_IAM_TOKEN", "t1.a.b")
    environment.setenv("TRACKER_CLOUD_ORG_ID", "bpf1")
    with pytest.raises(errors.SettingsError) as caught:
        connect()
    assert "two tokens" in str(caught.value)
    assert "two organisations" in str(caught.value)


def test_a_token_without_an_organisation_is_no_login(environment):
    """At the default address an organisation is needed; the error names the variables for it."""
    environment.delenv("TRACKER_ORG_ID")
    environment.delenv("TRACKER_API_BASE_URL")
    with pytest.raises(errors.NotLoggedIn, match="TRACKER_CLOUD_ORG_ID"):
        connect()


def test_a_pickle_holds_no_token_and_connects_again(environment, tracker, demo):
    """A pickle uses the login of where it is loaded, and only for the same service and organisation."""
    data = pickle.dumps(tracker)
    assert demo.names["TRACKER_TOKEN"].encode() not in data
    with pickle.loads(data) as loaded:
        assert loaded.me.login == tracker.me.login
    environment.setenv("TRACKER_ORG_ID", "1")
    with pytest.raises(errors.NotLoggedIn):
        pickle.loads(data)
    environment.delenv("TRACKER_TOKEN")
    with pytest.raises(errors.NotLoggedIn):
        pickle.loads(data)


def test_netrc_never_replaces_the_token(tracker, demo, tmp_path, monkeypatch):
    """An entry for the host in ~/.netrc does not replace the login."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    tracker.count("Queue: DESIGN")
    assert all(request.headers["Authorization"].startswith("OAuth") for request in demo.journal)


def test_making_a_tracker_sends_no_request(demo):
    """Making a Tracker sends no request and renews no token, even one that expires now; the first call does."""
    renewed = []
    expiring = Token(Secret(demo.names["TRACKER_TOKEN"]), expires_at=datetime.now(UTC))

    class Renewal(TokenProvider):
        is_renewable = True

        def renew(self, token):
            renewed.append(token)
            return replace(token, expires_at=None)

    login = Login(expiring, "test", Renewal())
    organisation = Organisation(demo.names["TRACKER_ORG_ID"], "360")
    with Tracker(login=(login, organisation), base_url=demo.url) as tracker:
        assert not renewed
        assert tracker.me.login
    assert len(renewed) == 1


def test_the_first_call_survives_several_broken_connections(make, demo):
    """Connections that were established and broke are retried for long even before the service has answered once."""
    demo.behaviour.faults.append(Fault("drop", "/myself", times=5))
    assert make().me.login


# Threads.


def test_one_tracker_serves_several_threads(tracker, demo):
    """Calls in several threads give the results of single calls, and ask only once who is logged in."""
    expected = tracker.count("Queue: DESIGN")
    rows = []
    threads = [threading.Thread(target=lambda: rows.append(len(tracker.issues("Queue: DESIGN")))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows == [expected] * 6
    assert [request.path for request in demo.journal].count("/v3/myself") == 1


def test_waiting_for_another_thread_ends_at_the_time_limit(make, demo):
    """While one thread asks who is logged in, another waits for its answer no longer than its own time limit."""
    tracker = make()
    demo.behaviour.faults.append(Fault("slow", path="/myself", seconds=2.0))
    first = threading.Thread(target=lambda: tracker.me)
    first.start()
    while demo.behaviour.faults[0].times != 0:
        first.join(0.01)
    with pytest.raises(errors.TimedOut):
        tracker.issues("Queue: DESIGN", timeout=0.3)
    assert first.is_alive()
    first.join()


def test_close_leaves_no_thread(make):
    """After a call and `close` no thread of the package is left."""
    with make() as tracker:
        tracker.comments(["DEV-1", "DEV-2", "DEV-3"])
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tracker_magic")]


# Rate limits.


def test_two_trackers_of_one_login_share_their_rate(make, demo):
    """Two Trackers of one login keep one rate: of twelve counts at 8 a second four wait for the next second."""
    trackers = [make(search_rps=8), make(search_rps=8)]
    assert trackers[0].connection.client.limiters is trackers[1].connection.client.limiters
    threads = [threading.Thread(target=tracker.count, args=("Queue: DESIGN",)) for tracker in trackers * 6]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    moments = sorted(request.at for request in demo.journal)
    assert len(moments) == 12
    assert moments[8] - moments[0] >= 0.9


def test_two_tokens_of_one_person_share_one_rate(make, demo):
    """Once the service has named the person, all tokens of that person share a rate; another person has another."""
    mine = [make(search_rps=8), make(search_rps=8, token=demo.access.issue(demo.world.me))]
    somebody = next(uid for uid in demo.world.users if uid != demo.world.me)
    other = make(search_rps=8, token=demo.access.issue(somebody))
    for tracker in (*mine, other):
        assert tracker.me.id
    limiters = [tracker.connection.client.limiters for tracker in (*mine, other)]
    assert limiters[0] is limiters[1]
    assert limiters[0] is not limiters[2]
    assert limiters[1]["search"].rate == 8


# Progress.


def test_progress_is_called_in_the_calling_thread(tracker, demo):
    """`progress` is called in the calling thread while a call runs, and a last time when it has finished."""
    demo.behaviour.latency_ms = 60
    threads, steps = set(), []

    def progress(step):
        threads.add(threading.current_thread())
        steps.append(step)

    changelog = tracker.changelog([f"DEV-{number}" for number in range(1, 41)], progress=progress)
    assert threads == {threading.current_thread()}
    done = [step.done for step in steps if step.what == "issues"]
    assert len(done) > 2
    assert done == sorted(done)
    assert (steps[-1].what, steps[-1].done, steps[-1].finished) == ("changes", len(changelog), True)
    assert [step.finished for step in steps].count(True) == 1
    steps.clear()
    tracker.issues("Queue: DEV, OPS, DESIGN", fields="key", progress=progress)
    assert steps[-1].finished
    assert steps[-1].done == steps[-1].total


@pytest.mark.parametrize(("status", "error"), [(429, errors.RateLimited), (503, errors.ServiceBroken)])
def test_progress_names_the_error_that_a_call_waits_for(tracker, demo, status, error):
    """Until a request has its answer, `progress` gets the error before it, and the seconds until it is sent."""
    tracker.me
    demo.behaviour.faults.append(Fault("status", "_count", status=status, headers={"Retry-After": "1"}))
    demo.behaviour.faults.append(Fault("status", "_search", status=status, headers={"Retry-After": "1"}))
    steps = []
    tracker.issues("Queue: DESIGN", fields="key", progress=steps.append)
    waiting = [step for step in steps if step.waiting_for is not None]
    assert {type(step.waiting_for) for step in waiting} == {error}
    assert all(0 <= step.waiting_s <= 1.0 for step in waiting)
    assert steps[-1].waiting_for is None


def test_an_interrupt_in_progress_keeps_the_fetched_rows(tracker, demo):
    """An interrupt while `progress` runs gives Cancelled with the rows of the pages fetched so far."""

    def interrupt(step):
        if step.done >= 1000:
            raise KeyboardInterrupt

    with pytest.raises(errors.Cancelled) as caught:
        tracker.issues("Queue: DEV, OPS, DESIGN", fields="summary", progress=interrupt)
    assert len(caught.value.partial) >= 1000  # a page under way is still taken
    assert caught.value.partial["key"].is_unique
    assert demo.open_scrolls == 0
