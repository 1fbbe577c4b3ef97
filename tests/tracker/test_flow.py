"""`Tracker.flow` fetches what a metric needs and no more, and gives what the functions of flow give."""

import inspect
import json
from collections import Counter

import pandas as pd
import pytest

from tracker_magic import Tracker, flow
from tracker_magic.demo.history import load_world
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo
from tracker_magic.errors import (
    BadOption,
    FlowWarning,
    Incomplete,
    NotEnoughData,
    NotLoggedIn,
    SettingsError,
    TimedOut,
    UnknownStatus,
)
from tracker_magic.tracker.flow_plan import METRICS, options_of

NOW = "2026-11-01T12:00:00+00:00"
DESIGN = "Queue: DESIGN"
OPEN = f"{DESIGN} Status: backlog, sketch, inProgress, onHold, feedback"
ITEMS = ("throughput", "arrivals", "wip", "littles_law", "service_level", "forecast_when", "lead_time", "data_quality")
HISTORY = ("cycle_time", "flow_efficiency", "wip_age", "cumulative_flow", "intervals", "time_in_status")

pytestmark = pytest.mark.filterwarnings("ignore::tracker_magic.errors.FlowWarning")


def sent(demo):
    """How many requests of each kind were sent."""
    return Counter(request.path.rsplit("/", 1)[1] for request in demo.journal)


@pytest.fixture(scope="module")
def by_hand(shared_demo):
    """All columns of the issues of a queue and their whole changelog."""
    names = shared_demo.names
    login = {"token": names["TRACKER_TOKEN"], "org_id": names["TRACKER_ORG_ID"]}
    with Tracker(**login, base_url=names["TRACKER_API_BASE_URL"], search_rps=None, other_rps=None) as tracker:
        issues = tracker.issues(DESIGN)
        return issues, tracker.changelog(issues)


def same(result, expected):
    """Whether two results are the same, with what they say about themselves."""
    pd.testing.assert_frame_equal(result, expected)
    assert result.attrs["definition"] == expected.attrs["definition"]
    return result.attrs["flow"] == expected.attrs["flow"]


def test_an_issue_that_was_finished_as_soon_as_it_was_created_has_its_history(tmp_path):
    """A change in the very moment of the creation is fetched, though the status began with the issue."""
    change = {"at": "2020-01-01T10:00Z", "by": "b", "fields": [["status", "new", "closed"]], "comment_chars": 0}
    ticket = {
        "key": "T-1", "project": "T", "summary": "Asked and answered", "type": "bug", "priority": None,
        "status": "closed", "resolution": "fixed", "author": "a", "assignee": None, "milestone": None,
        "component": None, "version": None, "keywords": [], "description_chars": 0, "changes": [change],
        **dict.fromkeys(("created", "updated", "resolved"), "2020-01-01T10:00Z"),
    }  # fmt: skip
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(ticket))
    world = load_world(path)
    with Demo(world, Access(world)) as demo:
        login = {"token": demo.names["TRACKER_TOKEN"], "org_id": demo.names["TRACKER_ORG_ID"]}
        with Tracker(**login, base_url=demo.url) as tracker:
            found = tracker.flow("lead_time", "Queue: T", log=True)
    assert found["finishes"].tolist() == [1]
    assert found["days"].tolist() == [0]


def test_every_metric_is_a_function_of_flow():
    """The metrics are the functions that flow exports."""
    assert {name: each for name in flow.__all__ if inspect.isfunction(each := getattr(flow, name))} == METRICS


@pytest.mark.parametrize("metric", ITEMS)
def test_a_metric_without_history_sends_one_search(tracker, demo, by_hand, metric):
    """A metric that needs no history sends one search, and gives what it gives for the whole frame."""
    tracker.flow(metric, DESIGN)  # which also requests who is logged in
    demo.journal.clear()
    assert same(tracker.flow(metric, DESIGN, now=NOW), getattr(flow, metric)(by_hand[0], now=NOW))
    assert sent(demo) == {"_search": 1}


@pytest.mark.parametrize("metric", HISTORY)
def test_a_metric_by_history_reads_each_history_that_matters_once(tracker, demo, by_hand, metric):
    """Histories of issues whose status never changed are not requested, and none is requested twice."""
    result = tracker.flow(metric, DESIGN, now=NOW)
    histories = [request.path for request in demo.journal if request.path.endswith("/changelog")]
    assert len(histories) == len(set(histories)) < len(by_hand[0])
    assert sent(demo) == {"myself": 1, "_search": 1, "statuses": 1, "changelog": len(histories)}
    assert same(result, getattr(flow, metric)(*by_hand, now=NOW))


@pytest.mark.parametrize(
    ("metric", "options"),
    [
        ("wip_age", {}),
        ("wip_age", {"at": "2026-09-01", "since": "2026-08-01"}),
        ("wip_age", {"finish": ["inReview", "closed"]}),
        ("cumulative_flow", {"since": "2026-10-01", "period": "week"}),
        ("snapshot", {"at": ["2026-10-01", "2026-10-20"], "fields": ["status"]}),
    ],
)
def test_a_window_needs_only_issues_that_moved_in_it_or_are_open(tracker, demo, by_hand, metric, options):
    """Of issues that were settled before the window no history is requested, and the result is the same."""
    result = tracker.flow(metric, DESIGN, now=NOW, **options)
    assert sent(demo)["changelog"] < len(by_hand[0]) * 0.7
    assert same(result, getattr(flow, metric)(*by_hand, now=NOW, **options))


def test_a_log_that_is_optional_is_fetched_on_request(tracker, demo, by_hand):
    """`log=True` and `reopen` add the history to a metric that can do without it; the window narrows it, too."""
    window = {"since": "2026-10-20", "now": NOW}
    assert same(tracker.flow("wip", DESIGN, log=True, **window), flow.wip(*by_hand, **window))
    assert 0 < sent(demo)["changelog"] < len(by_hand[0]) / 2
    first = tracker.flow("lead_time", DESIGN, reopen="first", now=NOW)
    assert same(first, flow.lead_time(*by_hand, reopen="first", now=NOW))
    every = tracker.flow("data_quality", DESIGN, log=True, now=NOW)
    assert same(every, flow.data_quality(*by_hand, now=NOW))


def test_only_needed_fields_travel(tracker, demo):
    """A search requests what the metric, `by` and `keep` need, and a changelog one field."""
    tracker.flow("throughput", DESIGN, by=["assignee", "priority.key"])
    tracker.flow("cycle_time", "DESIGN-1", keep=["sprint"])
    searches = [each.query["fields"][0] for each in demo.journal if each.path.endswith("_search")]
    always = "id,key,createdAt,type,resolution,statusType,statusStartTime"
    assert searches == [f"{always},resolvedAt,assignee,priority", f"{always},status,previousStatus,sprint"]
    assert [each.query["field"] for each in demo.journal if each.path.endswith("/changelog")] == [["status"]]


@pytest.mark.parametrize("name", ["Исполнитель", "Assignee", "assignee"])
def test_columns_may_be_named_as_people_see_them(tracker, by_hand, name):
    """`by` takes the names of fields that `issues` takes."""
    result = tracker.flow("throughput", DESIGN, by=name, period="month", now=NOW)
    assert same(result, flow.throughput(by_hand[0], by="assignee", period="month", now=NOW))


def test_open_issues_are_compared_with_the_finished_ones_of_their_queue(tracker, demo, by_hand):
    """The ages of issues none of which is finished have the reference that all resolved issues of the queue give."""
    issues, log = by_hand
    issues = issues[issues["resolution"].notna() | ~issues["statusType.key"].isin(["done", "cancelled"])]
    result = tracker.flow("wip_age", OPEN, now=NOW)
    expected = flow.wip_age(issues, log[log["key"].isin(issues["key"])], now=NOW)
    pd.testing.assert_frame_equal(result, expected)
    assert "the issues of DESIGN" in result.attrs["definition"]
    assert sent(demo)["_search"] == 2
    demo.journal.clear()
    pd.testing.assert_frame_equal(tracker.flow("wip_age", issues, now=NOW), expected)
    assert sent(demo)["_search"] == 1


def test_a_sprint_report_fetches_the_sprints_and_their_issues(tracker, demo):
    """Without a source a report is of the issues that are or were in the sprints that are named."""
    sprints = tracker.sprints("Дизайн")
    chosen = sprints[sprints["status"] == "released"].tail(1)
    name = chosen["name"].iloc[0]
    issues = tracker.issues(sprint=name)
    expected = flow.sprint_report(issues, tracker.changelog(issues), chosen, board="Дизайн", now=NOW)
    demo.journal.clear()
    for sprint in (name, [int(chosen["id"].iloc[0])], chosen):
        assert same(tracker.flow("sprint_report", board="Дизайн", sprints=sprint, now=NOW), expected)
    assert sent(demo)["sprints"] == 2
    assert sent(demo)["_search"] == 3


def test_a_burnup_of_a_sprint_lasts_as_long_as_the_sprint(tracker):
    """A burn-up of a sprint of the board is of its issues, from its start to its end."""
    sprints = tracker.sprints(3)
    sprint = sprints[sprints["status"] == "released"].iloc[-1]
    issues = tracker.issues(sprint=sprint["name"])
    bounds = {"since": sprint["startDateTime"], "until": sprint["endDateTime"]}
    expected = flow.burnup(issues, tracker.changelog(issues), scope=sprint["name"], board=3, now=NOW, **bounds)
    assert same(tracker.flow("burnup", board=3, scope=sprint["name"], now=NOW), expected)


def test_periods_may_be_sprints_and_stages_the_columns_of_a_board(tracker, by_hand):
    """`period="sprint"` means the sprints of the board, and the name of a board in `stages` its columns."""
    steps = tracker.flow("throughput", DESIGN, period="sprint", board=3, now=NOW)
    pd.testing.assert_frame_equal(steps, flow.throughput(by_hand[0], period=tracker.sprints(3), now=NOW))
    stages = tracker.flow("cumulative_flow", DESIGN, stages="Дизайн", period="month", now=NOW)
    columns = tracker.columns("Дизайн")
    pd.testing.assert_frame_equal(stages, flow.cumulative_flow(*by_hand, stages=columns, period="month", now=NOW))


def test_work_is_grouped_by_fields_of_issues_that_are_fetched_for_it(tracker, demo, by_hand):
    """`worktime` fetches work records, and issues only if it is grouped by a field that records lack."""
    work = tracker.worklog(DESIGN)
    demo.journal.clear()
    pd.testing.assert_frame_equal(tracker.flow("worktime", DESIGN), flow.worktime(work))
    assert sent(demo)["_search"] == 1
    by_type = tracker.flow("worktime", DESIGN, by="type", period="month")
    pd.testing.assert_frame_equal(by_type, flow.worktime(work, by_hand[0], by="type", period="month"))
    assert sent(demo)["_search"] == 3


TEAM = """
[tool.tracker_magic]
tz = "Europe/Moscow"
[tool.tracker_magic.teams.design]
query = "Queue: DESIGN"
start = "inProgress"
tz = "Europe/Moscow"
sle = [85, 14]
[tool.tracker_magic.teams.wrong]
strat = "inProgress"
[tool.tracker_magic.teams.odd]
start = 5
"""


@pytest.fixture
def folder_with_teams(tmp_path, monkeypatch):
    """The working folder, with a file of teams."""
    (tmp_path / "pyproject.toml").write_text(TEAM, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder_with_teams")
def test_a_team_is_a_policy_in_the_folder(tracker, by_hand):
    """`team` reads a policy with its query; options override its fields, and its zone is that of the frames."""
    result = tracker.flow("cycle_time", team="design", start="inReview", now=NOW)
    assert str(result["started"].dtype) == "datetime64[us, Europe/Moscow]"
    expected = flow.cycle_time(*by_hand, start="inReview", tz="Europe/Moscow", now=NOW)
    pd.testing.assert_series_equal(result["days"], expected["days"])
    assert "within" in tracker.flow("service_level", team="design", now=NOW).columns


@pytest.mark.parametrize(
    ("team", "message"),
    [
        ("desing", "Did you mean 'design'"),
        ("wrong", "team wrong in .*no field 'strat'.*Did you mean 'start'"),
        ("odd", "team odd in .*wrong type"),
    ],
)
@pytest.mark.usefixtures("folder_with_teams")
def test_a_mistake_in_a_team_names_what_is_meant(tracker, demo, team, message):
    """An unknown team or field is an error with the nearest name, before anything is sent."""
    with pytest.raises(BadOption, match=message):
        tracker.flow("cycle_time", team=team)
    assert demo.journal == []


def test_teams_need_a_file_that_can_be_read(tracker, tmp_path, monkeypatch):
    """Without the table the error says what to write, and a file that cannot be read is an error of the settings."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadOption, match=r"\[tool.tracker_magic.teams.dev\]"):
        tracker.flow("throughput", team="dev")
    (tmp_path / "pyproject.toml").write_text("[tool.tracker_magic]\nteams = 5\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="teams are tables"):
        tracker.flow("throughput", team="dev")


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("trougput", DESIGN), {}, "Did you mean 'throughput'"),
        (("throughput", DESIGN), {"perod": "week"}, "Did you mean 'period'"),
        (("throughput", DESIGN), {"start_": "inProgress"}, "Did you mean 'start'"),
        (("throughput", DESIGN), {"period": "weak"}, "Did you mean 'week'"),
        (("cycle_time", DESIGN), {"calendar": "XX", "count": "working"}, "no calendar of 'XX'"),
        (("cumulative_flow", DESIGN), {"since": "yesterday"}, "no moment"),
        (("throughput", DESIGN), {"since": "2026-10-02", "until": "2026-10-02"}, "must be before until"),
        (("worktime",), {"until": "2026-10-02"}, "everybody's work of all time"),
        (("cumulative_flow", DESIGN), {"tz": "Mars"}, "no time zone"),
        (("throughput", DESIGN), {"period": "sprint"}, "board="),
        (("throughput", DESIGN), {"by": "asignee"}, "assignee"),
        (("throughput",), {}, "needs issues"),
        (("snapshot", DESIGN), {}, "needs at"),
        (("wip", DESIGN), {"log": pd.DataFrame()}, "flow.wip\\(issues, log\\)"),
        (("cycle_time", DESIGN), {"log": True}, "no option 'log'"),
        (("sprint_report",), {"board": 3, "sprints": "Дизаин 1"}, "Did you mean 'Дизайн 1"),
        (("cycle_time", DESIGN), {"policy": flow.Policy(), "team": "x"}, "two policies"),
    ],
)
def test_a_mistake_is_an_error_with_the_nearest_name(tracker, arguments, options, message):
    """An unknown metric, option, field or sprint is an error that names the nearest one."""
    with pytest.raises(BadOption, match=message):
        tracker.flow(*arguments, **options)


@pytest.mark.parametrize("name", ["В работе", "In progress", "в работе", "INPROGRESS"])
@pytest.mark.parametrize("option", ["start", "exclude"])
def test_a_status_by_its_displayed_name_is_refused_before_any_history(tracker, demo, name, option):
    """A status that is named as people see it, in either language, is an error with its key."""
    with pytest.raises(UnknownStatus, match="Its key is 'inProgress'"):
        tracker.flow("cycle_time", DESIGN, **{option: name})
    assert sent(demo) == {"statuses": 2}


@pytest.mark.parametrize("options", [{"start": "inProgres"}, {"policy": flow.Policy(finish=("closed", "inprogres"))}])
def test_a_misspelt_status_is_refused_before_any_history(tracker, demo, options):
    """A status key that is almost one of the service's is an error with that key, before issues are searched."""
    with pytest.raises(UnknownStatus, match="Did you mean 'inProgress'"):
        tracker.flow("cycle_time", DESIGN, **options)
    assert sent(demo) == {"statuses": 2}


@pytest.mark.parametrize("metric", [*ITEMS, *HISTORY])
def test_no_issues_give_an_empty_result(tracker, metric):
    """A query without issues gives the columns and dtypes of a full result, or says that there is too little."""
    nothing = f'{DESIGN} Summary: "no such words"'
    if metric == "forecast_when":
        with pytest.raises(NotEnoughData):
            tracker.flow(metric, nothing)
        return
    result = tracker.flow(metric, nothing, now=NOW)
    expected = tracker.flow(metric, DESIGN, now=NOW)
    assert result.dtypes.to_dict() == expected.dtypes.to_dict()
    assert len(result) <= 5  # the checks of littles_law


def test_many_histories_are_announced(tracker):
    """Before more than 300 histories are fetched, a warning says how many there are and how long they take."""
    issues = tracker.issues("Queue: OPS", fields="summary", limit=340)
    with pytest.warns(FlowWarning, match=r"cycle_time fetches 3\d\d histories, which takes about \d+ s") as caught:
        tracker.flow("cycle_time", issues)
    (announced,) = [each for each in caught if "histories" in str(each.message)]
    assert announced.filename == __file__


def test_a_warning_of_a_metric_points_at_the_line_of_the_caller(tracker):
    """A warning that a function of flow gives inside `Tracker.flow` names the file that called `Tracker.flow`."""
    for metric in ("throughput", "cycle_time"):
        with pytest.warns(FlowWarning) as caught:
            tracker.flow(metric, f"{DESIGN} Created: >= 2026-10-25")
        assert {each.filename for each in caught} == {__file__}, metric


@pytest.mark.parametrize(("metric", "histories"), [("throughput", 0), ("cycle_time", 190)])
def test_explain_flow_sends_one_count(tracker, demo, metric, histories):
    """`explain_flow` says how many requests a metric takes, and sends one `_count`."""
    explanation = tracker.explain_flow(metric, DESIGN)
    assert sent(demo) == {"_count": 1}
    assert (explanation.matches, explanation.lists, explanation.requests) == (190, histories, 1 + histories)
    assert explanation.query == DESIGN


def test_explain_flow_knows_the_issues_of_sprints_and_work(tracker):
    """The cost of a report of sprints and of work is that of their issues; everybody's work cannot be counted."""
    sprint = tracker.sprints(3)["name"].iloc[0]
    report = tracker.explain_flow("sprint_report", board=3, sprints=sprint)
    assert report.matches == tracker.count(sprint=sprint)
    assert tracker.explain_flow("worktime", "DESIGN-1, DESIGN-2").requests == 2
    with pytest.raises(BadOption, match="needs issues"):
        tracker.explain_flow("worktime")


def test_the_time_limit_is_for_the_whole_call(tracker, demo):
    """A time limit that is long enough for each request, but not for all of them, is exceeded."""
    demo.behaviour.latency_ms = 150
    with pytest.raises((TimedOut, Incomplete)):
        tracker.flow("cycle_time", DESIGN, timeout=1)


def test_every_option_of_a_metric_is_taken():
    """Each metric takes the parameters of its function that are no frames, and the fields of a policy."""
    assert options_of("worktime") == ["by", "period", "since", "until", "tz", "query"]
    assert options_of("wip")[:6] == ["period", "by", "since", "until", "now", "log"]
    assert {"start", "board", "calendar"} <= set(options_of("throughput"))


def test_a_failed_login_is_said_first(make):
    """A metric fails like every other call if nobody is logged in."""
    with pytest.raises(NotLoggedIn):
        make(token="y0_" + "x" * 40).flow("throughput", DESIGN)
