"""What bad input gets: a clear, typed error with its cure; nothing lost, nothing secret said."""

import socket

import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault


def test_two_criteria_or_none_are_refused(tracker, demo):
    """The service would drop the weaker one in silence, so nothing is sent."""
    with pytest.raises(errors.BadOption, match="two criteria"):
        tracker.issues("Status: open", queue="DEV")
    with pytest.raises(errors.BadOption, match="no criterion"):
        tracker.issues()
    with pytest.raises(errors.BadOption, match="empty"):
        tracker.issues("  ")
    assert not demo.journal


@pytest.mark.parametrize("keys", [[], "", ()])
def test_an_empty_list_of_keys_is_refused(tracker, keys):
    """An empty list never means everything."""
    with pytest.raises(errors.BadOption, match="empty"):
        tracker.issues(keys=keys)
    with pytest.raises(errors.BadOption, match="empty"):
        tracker.changelog(keys)


@pytest.mark.parametrize("keys", [["dev"], ["DEV-1", "x"], "DEV-1 and more", 5])
def test_what_is_no_key_is_refused(tracker, keys):
    """A list that holds something else than keys is named, not sent."""
    with pytest.raises(errors.BadOption):
        tracker.issues(keys=keys)


def test_keys_that_do_not_exist_are_told_and_the_others_come(tracker):
    """A warning and attrs name them; when none is left, NotFound."""
    with pytest.warns(errors.MissingIssues, match="DEV-999999"):
        frame = tracker.issues(keys=["DEV-2", "DEV-999999", "DEV-1"])
    assert list(frame["key"]) == ["DEV-2", "DEV-1"]
    assert frame.attrs["tracker"]["missing"] == ["DEV-999999"]
    with pytest.warns(errors.MissingIssues):
        log = tracker.changelog(["DEV-999999", "DEV-1"])
    assert set(log["key"]) == {"DEV-1"}
    with pytest.raises(errors.NotFound, match="DEV-999999"):
        tracker.issues(keys=["DEV-999999"])
    with pytest.raises(errors.NotFound, match="DEV-999999"):
        tracker.comments("DEV-999999")


def test_a_queue_nobody_may_see_is_named(tracker, demo):
    """A hidden or unknown queue is an error, not an empty frame."""
    hidden = next(queue.key for queue in demo.world.queues.values() if queue.hidden)
    for queue in (hidden, "NOSUCH"):
        with pytest.raises((errors.NotFound, errors.Forbidden, errors.BadQuery)) as caught:
            tracker.issues(queue=queue)
        assert queue in str(caught.value)


def test_a_bad_query_shows_the_services_words_and_a_caret(tracker):
    """The caret stands under the place that the service names, also on a later line."""
    with pytest.raises(errors.BadQuery, match="Statsu") as caught:
        tracker.count("Queue: DEV Statsu: open")
    said, line, caret, *_ = caught.value.lines()
    assert "Statsu" in said
    assert line[caret.index("^") :].startswith("Statsu")
    with pytest.raises(errors.BadQuery) as caught:
        tracker.issues("Queue: DEV\nStatsu: open")
    lines = caught.value.lines()
    assert lines[1].strip() == "Statsu: open"
    assert lines[2].index("^") == lines[1].index("Statsu")


def test_a_token_that_is_wrong_or_has_ended_says_how_to_log_in(make, demo):
    """401 names where the token came from and the way back, never the token."""
    with pytest.raises(errors.NotLoggedIn, match="login") as caught:
        make(token="y0_" + "x" * 58).me
    assert "xxxx" not in str(caught.value)
    fresh = demo.access.issue(demo.world.me)
    tracker = make(token=fresh)
    assert tracker.me.login
    demo.access.expire(fresh)
    with pytest.raises(errors.NotLoggedIn, match="ended"):
        tracker.issues(queue="DEV")


def test_a_wrong_organisation_says_which_header_was_sent(make):
    """403 names the header and the id, where to find the right one, and the right the token needs."""
    with pytest.raises(errors.Forbidden) as caught:
        make(org_id="1").me
    for said in ("X-Org-ID: 1", "admin/orgs", "tracker:read", "X-Cloud-Org-ID"):
        assert said in str(caught.value)
    with pytest.raises(errors.Forbidden, match="X-Cloud-Org-ID: bpfwrong"):
        make(org_id=None, cloud_org_id="bpfwrong").me
    with pytest.raises(errors.Forbidden, match="no organisation header"):
        make(org_id=None).me


def test_no_network_is_unreachable(make):
    """Nobody at the address: said soon, with what to check."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(errors.Unreachable, match="cannot be reached"):
        make(base_url=f"http://127.0.0.1:{port}").me


def test_a_slow_service_times_out(tracker, demo):
    """A call takes no longer than its time limit."""
    tracker.me
    demo.behaviour.faults.append(Fault("slow", path="_count", seconds=1.0))
    with pytest.raises(errors.TimedOut):
        tracker.count(queue="DEV", timeout=0.2)


@pytest.mark.parametrize(("kind", "said"), [("html", "HTML page"), ("empty", "empty"), ("cut", "cut")])
def test_a_body_that_is_no_json_is_an_unexpected_reply(tracker, demo, kind, said):
    """HTML, an empty and a cut body are told apart when they stay."""
    tracker.me
    demo.behaviour.faults.append(Fault(kind, path="_count", times=1000, status=200))
    with pytest.raises(errors.UnexpectedReply, match=said):
        tracker.count(queue="DEV", timeout=0.5)
    assert len([seen for seen in demo.journal if seen.path.endswith("_count")]) > 1


def test_an_unknown_field_names_the_nearest(tracker):
    """A field nobody knows is an error before any search, with the nearest names."""
    with pytest.raises(errors.BadOption, match="summary"):
        tracker.issues(queue="DEV", fields=["summry"])


def test_two_organisations_or_tokens_are_refused(make):
    """Exactly one of each; the message says which is which."""
    with pytest.raises(errors.BadOption, match="two organisation ids"):
        make(cloud_org_id="bpf1")
    with pytest.raises(errors.BadOption, match="two tokens"):
        make(iam_token="t1.x.y")
    with pytest.raises(errors.BadOption, match="no token"):
        make(token=None)
    with pytest.raises(errors.BadOption, match="no organisation"):
        make(org_id=None, base_url=None)
    with pytest.raises(errors.BadOption, match="no organisation id"):
        make(org_id="my org\r\n")
    with pytest.raises(errors.BadOption, match="token"):
        make(token="two words")


def test_a_value_that_does_not_fit_stays_beside_its_column(tracker, demo):
    """It is missing in its column and stands as it came in NAME.raw, with one warning."""
    issue = demo.world.find("DEV-1")
    with demo.lock:
        points = issue.values.get("storyPoints")
        issue.values["storyPoints"] = "a lot"
    try:
        with pytest.warns(errors.ValueWarning, match="storyPoints"):
            frame = tracker.issues("DEV-1", fields=["storyPoints"])
    finally:
        issue.values.pop("storyPoints")
        if points is not None:
            issue.values["storyPoints"] = points
    assert list(frame.columns) == ["key", "storyPoints", "storyPoints.raw"]
    assert frame["storyPoints"].isna().all()
    assert frame["storyPoints.raw"][0] == "a lot"


@pytest.mark.parametrize("limit", [0, -1, 2.5, True])
def test_a_limit_is_a_whole_number(tracker, limit):
    """Zero, negatives and fractions are no limits."""
    with pytest.raises(errors.BadOption, match="limit"):
        tracker.issues(queue="DEV", limit=limit)


def test_an_unknown_zone_is_refused(tracker):
    """A zone nobody knows is an error with the nearest names."""
    with pytest.raises(errors.BadOption, match="Moscow"):
        tracker.issues(queue="DEV", tz="Europe/Moskow")


def test_a_key_of_an_unknown_queue_is_only_missing(tracker):
    """The others still come, with the columns of the queues there are."""
    with pytest.warns(errors.MissingIssues, match="NOPE-1"):
        frame = tracker.issues(keys=["DEV-1", "NOPE-1"])
    assert list(frame["key"]) == ["DEV-1"]


def test_a_wrong_organisation_is_told_whatever_was_asked(make):
    """Neither a queue nor a key is blamed for it."""
    for ask in (
        lambda t: t.issues(queue="DEV"),
        lambda t: t.issues(keys=["DEV-1"]),
        lambda t: t.changelog(["DEV-1"]),
        lambda t: t.count("Queue: DEV"),
        lambda t: t.queues(),
    ):
        with pytest.raises(errors.Forbidden, match="X-Org-ID: 99999"):
            ask(make(org_id="99999"))


def test_a_page_that_is_no_service_is_told_soon(make, demo):
    """HTML from the first request on is a proxy: nobody waits two minutes for it."""
    demo.behaviour.faults.append(Fault("html", path="/", times=1000, status=200))
    with pytest.raises(errors.UnexpectedReply, match="HTML"):
        make().me
    assert len(demo.journal) < 6


def test_no_error_carries_the_request(make, demo):
    """Neither cause nor context of an error holds what was sent, token and all."""
    demo.behaviour.faults.append(Fault("drop", path="/myself", times=99))
    with pytest.raises(errors.NoAnswer) as caught:
        make(timeout=3.0).me
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "arguments",
    [
        {"queue": 1}, {"queue": []}, {"queue": [None]}, {"filter": {"status": []}}, {"sprint": 1.5}, {"sprint": [{}]},
        {"queue": "DEV", "fields": 3}, {"queue": "DEV", "fields": [3]}, {"queue": "DEV", "timeout": "5"},
        {"queue": "DEV", "lang": "en\nX"}, {"queue": "DEV", "tz": "Mars"}, {"filter_id": "x"}, {"query": 5},
    ],
)  # fmt: skip
def test_an_argument_of_the_wrong_kind_is_named(tracker, arguments):
    """A slip gets a BadOption, never a TypeError from inside."""
    with pytest.raises(errors.BadOption):
        tracker.issues(**arguments)


def test_a_frame_of_queues_is_its_keys(tracker):
    """`queue=` takes what `queues()` gave."""
    queues = tracker.queues()
    assert tracker.count(queue=queues[queues["key"] == "DESIGN"]) == tracker.count(queue="DESIGN")


@pytest.mark.parametrize("since", ["20260301", "today", "01/02/2026", "", float("nan"), 20260301])
def test_a_day_is_written_in_one_way(tracker, since):
    """What could be read in two ways is no day."""
    with pytest.raises(errors.BadOption, match="no day"):
        tracker.worklog(since=since)


def test_people_and_fields_nobody_knows_are_named(tracker):
    """A misspelt person, field or type is an error, not an empty frame."""
    with pytest.raises(errors.BadOption, match="no user"):
        tracker.worklog("DEV-1", created_by="nobodyhere")
    with pytest.raises(errors.BadOption, match="status"):
        tracker.changelog("DEV-1", fields="statsu")
    with pytest.raises(errors.BadOption, match="type"):
        tracker.changelog("DEV-1", types="workflow")


def test_a_path_stays_below_its_list(tracker):
    """What stands for a queue is quoted into the address."""
    with pytest.raises(errors.NotFound):
        tracker.versions("../fields?")
