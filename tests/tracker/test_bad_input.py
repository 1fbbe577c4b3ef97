"""Wrong arguments, unusable logins and unreachable services raise typed errors that say what to do."""

import socket

import pandas as pd
import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault
from tracker_magic.notebook.progress import running

# Arguments.


def test_two_criteria_or_none_are_refused_before_a_request(tracker, demo):
    """Two criteria, none, or an empty query are refused before a request: the service would silently drop one."""
    with pytest.raises(errors.BadOption, match="two criteria"):
        tracker.issues("Status: open", queue="DEV")
    with pytest.raises(errors.BadOption, match="no criterion"):
        tracker.issues()
    with pytest.raises(errors.BadOption, match="empty"):
        tracker.issues("  ")
    assert not demo.journal


@pytest.mark.parametrize("keys", [[], "", ()])
def test_an_empty_list_of_keys_is_refused(tracker, keys):
    """An empty list of keys is refused; it never means all issues."""
    with pytest.raises(errors.BadOption, match="empty"):
        tracker.issues(keys=keys)
    with pytest.raises(errors.BadOption, match="empty"):
        tracker.changelog(keys)


@pytest.mark.parametrize("keys", [["dev"], ["DEV-1", "x"], "DEV-1 and more", 5])
def test_keys_that_are_no_keys_are_refused(tracker, keys):
    """A list of keys that holds anything else is refused."""
    with pytest.raises(errors.BadOption):
        tracker.issues(keys=keys)


@pytest.mark.parametrize(
    "arguments",
    [
        {"queue": 1}, {"queue": []}, {"queue": [None]}, {"filter": {"status": []}}, {"sprint": 1.5}, {"sprint": [{}]},
        {"queue": "DEV", "fields": 3}, {"queue": "DEV", "fields": [3]}, {"queue": "DEV", "timeout": "5"},
        {"queue": "DEV", "lang": "en\nX"}, {"queue": "DEV", "tz": "Mars"}, {"filter_id": "x"}, {"query": 5},
    ],
)  # fmt: skip
def test_an_argument_of_a_wrong_type_is_a_bad_option(tracker, arguments):
    """An argument of a wrong type raises BadOption, never a TypeError from inside the package."""
    with pytest.raises(errors.BadOption):
        tracker.issues(**arguments)


@pytest.mark.parametrize("limit", [0, -1, 2.5, True, 10**20, 10**5000], ids=lambda limit: str(limit % 10**20))
def test_a_limit_is_a_whole_number_from_one(tracker, limit):
    """Zero, a negative number, a fraction, a boolean and an enormous number are no limits."""
    with pytest.raises(errors.BadOption, match="limit"):
        tracker.issues(queue="DEV", limit=limit)


def test_an_unknown_time_zone_names_the_nearest_ones(tracker):
    """An unknown time zone is an error that names similar ones."""
    with pytest.raises(errors.BadOption, match="Moscow"):
        tracker.issues(queue="DEV", tz="Europe/Moskow")


def test_an_unknown_field_names_the_nearest_ones(tracker):
    """An unknown field is an error that names similar ones, before any search."""
    with pytest.raises(errors.BadOption, match="summary"):
        tracker.issues(queue="DEV", fields=["summry"])


@pytest.mark.parametrize("since", ["20260301", "today", "01/02/2026", "", float("nan"), 20260301])
def test_a_day_is_an_iso_date(tracker, since):
    """A day that is no ISO date is refused, since it could be read in several ways."""
    with pytest.raises(errors.BadOption, match="not a day"):
        tracker.worklog(since=since)


def test_unknown_people_fields_and_types_are_named(tracker):
    """A misspelt person, field or type of changelog entries is an error, not an empty frame."""
    with pytest.raises(errors.BadOption, match="no user"):
        tracker.worklog("DEV-1", created_by="nobodyhere")
    with pytest.raises(errors.BadOption, match="status"):
        tracker.changelog("DEV-1", fields="statsu")
    with pytest.raises(errors.BadOption, match="type"):
        tracker.changelog("DEV-1", types="workflow")


def test_a_queue_cannot_lead_to_another_endpoint(tracker, demo):
    """The name of a queue becomes part of a path only if it is the key of one."""
    demo.journal.clear()
    with pytest.raises(errors.BadOption, match="no queue"):
        tracker.versions("../fields?")
    assert {request.path for request in demo.journal} <= {"/v3/myself", "/v3/queues"}


def test_a_frame_of_queues_stands_for_its_keys(tracker):
    """`queue=` accepts rows of `queues()`."""
    queues = tracker.queues()
    assert tracker.count(queue=queues[queues["key"] == "DESIGN"]) == tracker.count(queue="DESIGN")


def test_a_row_of_a_frame_stands_for_its_issue(tracker):
    """A row of a frame of issues is a source, as the frame is."""
    issues = tracker.issues(keys=["DEV-1", "DEV-2"], fields=["summary"])
    assert list(tracker.issues(keys=issues.iloc[1])["key"]) == ["DEV-2"]
    assert tracker.count(keys=issues.iloc[0]) == 1


def test_missing_keys_are_refused_with_the_cure(tracker, demo):
    """A column with missing keys, such as `parent`, and a dict without a key are errors that say what to do."""
    with pytest.raises(errors.BadOption, match=r"1 of 2 keys are missing. Leave them out: dropna\(\)"):
        tracker.changelog(pd.Series(["DEV-1", None]))
    with pytest.raises(errors.BadOption, match="not dict"):
        tracker.issues(keys={"DEV-1": 1})
    assert not demo.journal


# Issues and queues that do not exist, queries that the service refuses.


def test_unknown_keys_are_reported_and_the_other_issues_come(tracker):
    """Unknown keys are named by a warning and in attrs while the other issues come; if all are unknown: NotFound."""
    with pytest.warns(errors.MissingIssues, match="DEV-999999"):
        frame = tracker.issues(keys=["DEV-2", "DEV-999999", "DEV-1"])
    assert list(frame["key"]) == ["DEV-2", "DEV-1"]
    assert frame.attrs["tracker"]["missing"] == ["DEV-999999"]
    with pytest.warns(errors.MissingIssues):
        changelog = tracker.changelog(["DEV-999999", "DEV-1"])
    assert set(changelog["key"]) == {"DEV-1"}
    with pytest.raises(errors.NotFound, match="DEV-999999"):
        tracker.issues(keys=["DEV-999999"])
    with pytest.raises(errors.NotFound, match="DEV-999999"):
        tracker.comments("DEV-999999")


def test_a_key_of_an_unknown_queue_is_reported_as_missing(tracker):
    """A key of an unknown queue is reported as missing; the other issues come with the columns of their queues."""
    with pytest.warns(errors.MissingIssues, match="NOPE-1"):
        frame = tracker.issues(keys=["DEV-1", "NOPE-1"])
    assert list(frame["key"]) == ["DEV-1"]


def test_a_hidden_or_unknown_queue_is_named(tracker, demo):
    """A hidden or unknown queue is an error that names it, not an empty frame."""
    hidden = next(queue.key for queue in demo.world.queues.values() if queue.hidden)
    for queue in (hidden, "NOSUCH"):
        with pytest.raises((errors.NotFound, errors.Forbidden, errors.BadQuery)) as caught:
            tracker.issues(queue=queue)
        assert queue in str(caught.value)


def test_a_refused_query_is_shown_with_a_caret(tracker):
    """A refused query is shown with the service's message and a caret under the mistake, also on a later line."""
    with pytest.raises(errors.BadQuery, match="Statsu") as caught:
        tracker.count("Queue: DEV Statsu: open")
    message, line, caret, *_ = caught.value.lines()
    assert "Statsu" in message
    assert line[caret.index("^") :].startswith("Statsu")
    with pytest.raises(errors.BadQuery) as caught:
        tracker.issues("Queue: DEV\nStatsu: open")
    lines = caught.value.lines()
    assert lines[1].strip() == "Statsu: open"
    assert lines[2].index("^") == lines[1].index("Statsu")


def test_a_value_of_a_wrong_type_is_kept_beside_its_column(tracker, demo):
    """A value of a wrong type is missing in its column and kept in `NAME.raw`, with one warning."""
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


# Logins.


def test_two_organisations_or_tokens_are_refused(make):
    """Exactly one organisation and one token are needed; the message says which of them is wrong."""
    with pytest.raises(errors.BadOption, match="two organisation ids"):
        make(cloud_org_id="bpf1")
    with pytest.raises(errors.BadOption, match="two tokens"):
        make(iam_token="t1.x.y")
    with pytest.raises(errors.BadOption, match="no token"):
        make(token=None)
    with pytest.raises(errors.BadOption, match="no organisation"):
        make(org_id=None, base_url=None)
    with pytest.raises(errors.BadOption, match="not an organisation id"):
        make(org_id="my org\r\n")
    with pytest.raises(errors.BadOption, match="token"):
        make(token="two words")


def test_a_wrong_or_expired_token_says_how_to_log_in(make, demo):
    """A wrong or expired token is an error that names its source and how to log in again, never the token."""
    with pytest.raises(errors.NotLoggedIn, match="login") as caught:
        make(token="y0_" + "x" * 58).me
    assert "xxxx" not in str(caught.value)
    token = demo.access.issue(demo.world.me)
    tracker = make(token=token)
    assert tracker.me.login
    demo.access.expire(token)
    with pytest.raises(errors.NotLoggedIn, match="expired"):
        tracker.issues(queue="DEV")


def test_a_wrong_organisation_names_the_header_that_was_sent(make):
    """A wrong organisation is an error with the header and id that were sent, the right ids and the token's rights."""
    with pytest.raises(errors.WrongOrganisation) as caught:
        make(org_id="1").me
    for fact in ("X-Org-ID: 1", "admin/orgs", "tracker:read", "X-Cloud-Org-ID"):
        assert fact in str(caught.value)
    with pytest.raises(errors.WrongOrganisation, match="X-Cloud-Org-ID: bpfwrong"):
        make(org_id=None, cloud_org_id="bpfwrong").me
    with pytest.raises(errors.WrongOrganisation, match=r"no organisation header.*TRACKER_ORG_ID.*TRACKER_CLOUD_ORG_ID"):
        make(org_id=None).me


def test_a_wrong_organisation_is_the_error_of_every_method(make):
    """With a wrong organisation every method says so, and blames no queue or key."""
    for call in (
        lambda tracker: tracker.issues(queue="DEV"),
        lambda tracker: tracker.issues(keys=["DEV-1"]),
        lambda tracker: tracker.changelog(["DEV-1"]),
        lambda tracker: tracker.count("Queue: DEV"),
        lambda tracker: tracker.queues(),
    ):
        with pytest.raises(errors.WrongOrganisation, match="X-Org-ID: 99999"):
            call(make(org_id="99999"))


# The network.


def test_a_service_that_does_not_listen_is_unreachable(make):
    """If nobody listens at the address, progress says so and why, and the call soon fails with Unreachable."""
    steps = []
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(errors.Unreachable, match="cannot be reached: Connection refused"):
        make(base_url=f"http://127.0.0.1:{port}").count("Queue: DEV", progress=steps.append)
    lines = {running(step, 1.0) for step in steps if step.waiting_for is not None}
    assert lines == {f"▸ asking · 1 s · 127.0.0.1:{port} cannot be reached: Connection refused, trying again"}


def test_a_slow_service_is_timed_out(tracker, demo):
    """A call takes no longer than its `timeout`."""
    tracker.me
    demo.behaviour.faults.append(Fault("slow", path="_count", seconds=1.0))
    with pytest.raises(errors.TimedOut):
        tracker.count(queue="DEV", timeout=0.2)


@pytest.mark.parametrize(("kind", "message"), [("html", "HTML page"), ("empty", "empty"), ("cut", "cut")])
def test_an_answer_that_is_never_json_is_an_unexpected_reply(tracker, demo, kind, message):
    """HTML, an empty body and a cut one are requested again; the final message says which it was."""
    tracker.me
    demo.behaviour.faults.append(Fault(kind, path="_count", times=1000, status=200))
    with pytest.raises(errors.UnexpectedReply, match=message):
        tracker.count(queue="DEV", timeout=0.5)
    assert len([request for request in demo.journal if request.path.endswith("_count")]) > 1


def test_a_service_that_answers_with_html_only_is_given_up_soon(make, demo):
    """HTML from the first request on comes from a proxy, so it is not requested for two minutes."""
    demo.behaviour.faults.append(Fault("html", path="/", times=1000, status=200))
    with pytest.raises(errors.UnexpectedReply, match="HTML"):
        make().me
    assert len(demo.journal) < 6


def test_an_error_does_not_lead_to_the_request(make, demo):
    """An error has neither cause nor context, which could hold the request and its token."""
    demo.behaviour.faults.append(Fault("drop", path="/myself", times=99))
    with pytest.raises(errors.NoAnswer) as caught:
        make(timeout=3.0).me
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


HALF = "cut \ud83d"


@pytest.mark.parametrize(
    "call",
    [
        lambda tracker: tracker.issues(f"Summary: {HALF}"),
        lambda tracker: tracker.issues(f'Summary: "{HALF}"', limit=5),
        lambda tracker: tracker.count(filter={"summary": HALF}),
        lambda tracker: tracker.count(filter={"tags": ["a", HALF]}),
        lambda tracker: tracker.count(queue=HALF),
        lambda tracker: tracker.issues(sprint=HALF),
        lambda tracker: tracker.issues("Queue: DEV", order=HALF),
        lambda tracker: tracker.issues("Queue: DEV", fields=HALF),
        lambda tracker: tracker.issues(keys=HALF),
        lambda tracker: tracker.comments(f"Summary: {HALF}"),
        lambda tracker: tracker.worklog(created_by=HALF),
        lambda tracker: tracker.versions(HALF),
        lambda tracker: tracker.fields(HALF),
        lambda tracker: tracker.sprints(HALF),
        lambda tracker: tracker.web_url(HALF),
        lambda tracker: tracker.get(HALF),
        lambda tracker: tracker.get("myself", expand=HALF),
        lambda tracker: tracker.post("issues/_count", {"query": HALF}),
        lambda tracker: tracker.post("issues/_count", {HALF: 1}),
        lambda tracker: tracker.post("issues/_count", {"query": {1, 2}}),
        lambda tracker: tracker.download({"url": f"{tracker.connection.base_url}/{HALF}"}, "."),
    ],
)
def test_half_a_surrogate_pair_is_not_sent(tracker, call):
    """A text that cannot be encoded is a BadOption wherever it stands, and the error itself can be encoded."""
    with pytest.raises(errors.BadOption) as caught:
        call(tracker)
    assert str(caught.value).encode()
    assert caught.value.__context__ is None
