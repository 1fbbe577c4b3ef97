"""The login on a Tracker: who asks, what is shown of it, what a pickle holds."""

import pickle
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tracker_magic import Tracker, connect, errors
from tracker_magic.auth import Login, Organisation, Token, TokenProvider
from tracker_magic.demo.behaviour import Fault
from tracker_magic.secret import Secret

NAMES = ("TRACKER_TOKEN", "TRACKER_ORG_ID", "TRACKER_API_BASE_URL", "TRACKER_CLOUD_ORG_ID", "TRACKER_IAM_TOKEN")


@pytest.fixture
def environ(demo, monkeypatch, tmp_path):
    """The environment that a demo's kernel has; nothing rests on this machine."""
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path))
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in demo.names.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_who_asks_is_asked_once(tracker, demo):
    """`me` is a frozen record of the login and costs one request."""
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


def test_each_kind_of_login_sends_exactly_its_headers(make, demo):
    """OAuth or Bearer; one organisation header, or none for the internal variant."""
    make().me
    make(org_id=None, cloud_org_id=demo.access.cloud_org_id).me
    make(
        token=None, iam_token=demo.access.issue_iam(demo.world.me), org_id=None, cloud_org_id=demo.access.cloud_org_id
    ).me
    demo.access.internal = True
    make(org_id=None).me
    demo.access.internal = False
    sent = [{name.lower(): value for name, value in seen.headers.items()} for seen in demo.journal]
    assert [headers["authorization"].split()[0] for headers in sent] == ["OAuth", "OAuth", "Bearer", "OAuth"]
    assert [("x-org-id" in headers, "x-cloud-org-id" in headers) for headers in sent] == [
        (True, False), (False, True), (False, True), (False, False),
    ]  # fmt: skip


def test_nothing_shows_the_token(tracker, demo):
    """Neither repr, str, vars of anything inside, nor an error says it."""
    tracker.me
    token = demo.names["TRACKER_TOKEN"]
    shown = [
        repr(tracker),
        str(tracker),
        repr(vars(tracker)),
        repr(vars(tracker._login)),
        repr(tracker._login.token()),
        repr(vars(tracker._client)),
        repr(vars(tracker._wire._session)),
    ]
    assert not [text for text in shown if token in text]
    assert tracker.me.login in repr(tracker)


def test_repr_asks_nothing(make, demo):
    """Showing a Tracker is no request."""
    assert "X-Org-ID" in repr(make())
    assert not demo.journal


def test_connect_reads_the_environment(environ):
    """Token, organisation and address come from the names; the source is told, the value not."""
    with connect() as tracker:
        assert tracker.me.source == "environment: TRACKER_TOKEN"
        assert tracker.count("Queue: DESIGN")
    environ.delenv("TRACKER_TOKEN")
    with pytest.raises(errors.NotLoggedIn, match="TRACKER_TOKEN"):
        connect()


def test_all_mistakes_of_the_environment_are_told_at_once(environ):
    """Two tokens and two organisations are one error with both."""
    environ.setenv("TRACKER_IAM_TOKEN", "t1.a.b")
    environ.setenv("TRACKER_CLOUD_ORG_ID", "bpf1")
    with pytest.raises(errors.SettingsError) as caught:
        connect()
    assert "two tokens" in str(caught.value)
    assert "two organisations" in str(caught.value)


def test_a_token_without_an_organisation_is_no_login(environ):
    """At the default address an organisation is needed; the error names the variables."""
    environ.delenv("TRACKER_ORG_ID")
    environ.delenv("TRACKER_API_BASE_URL")
    with pytest.raises(errors.NotLoggedIn, match="TRACKER_CLOUD_ORG_ID"):
        connect()


def test_a_pickle_holds_no_token_and_connects_anew(environ, tracker, demo):
    """The login of a pickle is that of where it is opened, and only for the same service and organisation."""
    data = pickle.dumps(tracker)
    assert demo.names["TRACKER_TOKEN"].encode() not in data
    with pickle.loads(data) as again:
        assert again.me.login == tracker.me.login
    environ.setenv("TRACKER_ORG_ID", "1")
    with pytest.raises(errors.NotLoggedIn):
        pickle.loads(data)
    environ.delenv("TRACKER_TOKEN")
    with pytest.raises(errors.NotLoggedIn):
        pickle.loads(data)


def test_one_tracker_serves_many_threads(tracker, demo):
    """Parallel questions give the answers of single ones."""
    expected = tracker.count("Queue: DESIGN")
    found = []
    threads = [threading.Thread(target=lambda: found.append(len(tracker.issues("Queue: DESIGN")))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 6
    assert [seen.path for seen in demo.journal].count("/v3/myself") == 1


def test_a_thread_waits_for_another_no_longer_than_its_limit(make, demo):
    """While one thread asks who it is for a long time, another with a short limit gives up in time."""
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
    """After a call and a close no thread of ours is left."""
    with make() as tracker:
        tracker.comments(["DEV-1", "DEV-2", "DEV-3"])
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tracker_magic")]


def test_netrc_never_replaces_the_token(tracker, demo, tmp_path, monkeypatch):
    """A ~/.netrc entry for the host is not used in place of the login."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    tracker.count("Queue: DESIGN")
    assert all(seen.headers["Authorization"].startswith("OAuth") for seen in demo.journal)


def test_the_limit_of_requests_is_kept_and_shared(make, demo):
    """Two Trackers of one login stay together under the rate: of twelve requests four wait for the second window."""
    trackers = [make(search_rps=8), make(search_rps=8)]
    assert trackers[0]._limiters is trackers[1]._limiters
    threads = [threading.Thread(target=tracker.count, args=("Queue: DESIGN",)) for tracker in trackers * 6]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    moments = sorted(seen.at for seen in demo.journal)
    assert len(moments) == 12
    assert moments[8] - moments[0] >= 0.9


def test_two_tokens_of_one_person_share_one_rate(make, demo):
    """The service counts people: from the first answer on, so do we; another person's rate is another one."""
    mine = [make(search_rps=8), make(search_rps=8, token=demo.access.issue(demo.world.me))]
    other = make(search_rps=8, token=demo.access.issue(next(uid for uid in demo.world.users if uid != demo.world.me)))
    for tracker in (*mine, other):
        assert tracker.me.id
    assert mine[0]._client.limiters is mine[1]._client.limiters
    assert mine[0]._client.limiters is not other._client.limiters
    assert mine[1]._client.limiters["search"].rate == 8


def test_a_new_tracker_outlives_the_first_lost_answers(make, demo):
    """Connections that break are somebody's: he is tried for as long as later on."""
    demo.behaviour.faults.append(Fault("drop", "/myself", times=5))
    assert make().me.login


def test_an_interrupt_keeps_the_rows_that_came(tracker, demo):
    """Cancelled carries a frame of the finished pages; the scroll is released."""

    def interrupt(progress):
        if progress.done >= 1000:
            raise KeyboardInterrupt

    with pytest.raises(errors.Cancelled) as caught:
        tracker.issues("Queue: DEV, OPS, DESIGN", fields="summary", progress=interrupt)
    assert len(caught.value.partial) >= 1000  # what comes until the interrupt is looked for is kept too
    assert caught.value.partial["key"].is_unique
    assert demo.open_scrolls == 0


def test_a_tracker_is_made_without_a_request(demo):
    """Also where the token's end is near: it is renewed when something is asked."""
    renewed = []
    held = Token(Secret(demo.names["TRACKER_TOKEN"]), expires_at=datetime.now(UTC))

    class Renewal(TokenProvider):
        is_renewable = True

        def renew(self, token):
            renewed.append(token)
            return replace(token, expires_at=None)

    login = Login(held, "test", Renewal())
    organisation = Organisation(demo.names["TRACKER_ORG_ID"], "360")
    with Tracker(login=(login, organisation), base_url=demo.url) as tracker:
        assert not renewed
        assert tracker.me.login
    assert len(renewed) == 1
