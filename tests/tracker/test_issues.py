"""Issues by each criterion: complete, in order, with columns that follow from the arguments."""

import pandas as pd
import pytest

from tracker_magic import errors
from tracker_magic.frames import Schema

DEV = "Queue: DEV"
EVERYTHING = "Queue: DEV, OPS, DESIGN"

# Criteria.


def test_a_query_gives_every_issue_once_by_queue_and_number(tracker, visible_keys):
    """A query of several pages gives every issue once, by queue and number, with a plain index."""
    frame = tracker.issues(EVERYTHING)
    numbers = [(queue, int(number)) for queue, _, number in (key.rpartition("-") for key in frame["key"])]
    assert len(frame) > 1000
    assert set(frame["key"]) == visible_keys
    assert frame["key"].is_unique
    assert list(frame.index) == list(range(len(frame)))
    assert numbers == sorted(numbers)


def test_the_criteria_agree(tracker, demo, visible_keys):
    """Query, filter, queue and keys of the same issues give the same rows; a saved filter gives what `count` says."""
    expected = {key for key in visible_keys if key.startswith("DESIGN-")}
    keys = sorted(expected)
    assert set(tracker.issues("Queue: DESIGN")["key"]) == expected
    assert set(tracker.issues(filter={"queue": "DESIGN"})["key"]) == expected
    assert set(tracker.issues(queue="DESIGN")["key"]) == expected
    assert list(tracker.issues(keys=keys)["key"]) == keys
    filter_id = next(iter(demo.world.filters))
    saved = tracker.issues(filter_id=filter_id)
    assert saved.attrs["tracker"]["total"] == len(saved) == tracker.count(filter_id=filter_id)


@pytest.mark.parametrize("form", ["reference", "value"])
def test_the_type_of_a_status_has_the_same_columns_in_both_forms(tracker, demo, form):
    """Whether the service sends a reference or `{value, order}`, `statusType.key` has the key."""
    demo.behaviour.status_type = form
    frame = tracker.issues(queue="DESIGN", fields="status, statusType")
    types = {key: status.type for key, status in demo.world.statuses.items()}
    assert list(frame["statusType.key"].dropna()) == [types[key] for key in frame["status.key"] if types[key]]


def test_a_queue_may_be_written_in_any_case(tracker, demo):
    """A queue's key or name in any case gives the same rows and columns, its local fields included."""
    whole = tracker.issues(DEV)
    assert "DEV.team" in whole.columns
    name = demo.world.queues["DEV"].name
    frames = [tracker.issues("queue: dev"), tracker.issues(queue="Dev"), tracker.issues(queue=name.upper())]
    assert [list(frame.columns) for frame in frames] == [list(whole.columns)] * 3
    assert [list(frame["key"]) for frame in frames] == [list(whole["key"])] * 3


def test_a_sprint_selects_what_is_or_was_in_it(tracker, demo):
    """A sprint, by id, name or row of `sprints`, selects also the issues that were taken out of it."""
    board = next(board.id for board in demo.world.boards.values() if board.has_sprints)
    sprints = tracker.sprints(board)
    row = sprints.iloc[3]
    expected = {
        issue.key
        for issue in demo.world.issues.values()
        if row["id"] in issue.values.get("sprint", [])
        or any(
            change.field == "sprint" and row["id"] in (change.old or [])
            for event in issue.events
            for change in event.changes
        )
    }
    assert set(tracker.issues(sprint=row["id"], fields="sprint")["key"]) == expected
    assert set(tracker.issues(sprint=sprints.iloc[3:4], fields="key")["key"]) == expected
    assert expected <= set(tracker.issues(sprint=row["name"], fields="key")["key"])


def test_keys_come_from_a_text_a_series_and_a_frame(tracker):
    """Keys may be a text, a list, a Series, an Index or a frame with `key`."""
    frame = tracker.issues("DEV-3, DEV-1")
    assert list(frame["key"]) == ["DEV-3", "DEV-1"]
    for source in (frame, frame["key"], pd.Index(frame["key"]), list(frame["key"])):
        assert list(tracker.issues(keys=source, fields="key")["key"]) == ["DEV-3", "DEV-1"]


# Order and limit.


def test_keys_keep_their_order_and_former_keys_lead_to_the_issue(tracker, demo):
    """Rows come in the order of the keys, each once; a moved issue stands where its former key stands."""
    moved = next(issue for issue in demo.world.issues.values() if issue.aliases)
    frame = tracker.issues(keys=["DEV-10", moved.aliases[0], "DEV-2", "DEV-10"])
    assert list(frame["key"]) == ["DEV-10", moved.key, "DEV-2"]
    assert set(tracker.changelog([moved.aliases[0]])["key"]) == {moved.key}


def test_an_order_is_that_of_the_service(tracker):
    """`order` and "Sort By", with a query and with a filter, give the rows in the service's order."""
    for frame in (
        tracker.issues(DEV, order="-updatedAt"),
        tracker.issues(f'{DEV} "Sort By": Updated DESC'),
        tracker.issues(filter={"queue": "DEV"}, order="-updatedAt"),
    ):
        assert frame["updatedAt"].is_monotonic_decreasing
        assert len(frame) == tracker.count(DEV)
    with pytest.raises(errors.BadOption, match="no field 'nosuchfield'"):
        tracker.issues(DEV, order="nosuchfield")
    with pytest.raises(errors.BadOption, match="cannot order by 'statusStartTime'"):
        tracker.issues(DEV, order="statusStartTime")


def test_a_limited_result_says_so(tracker):
    """A limited result has the first rows; attrs have their number, the total, and whether rows were left out."""
    frame = tracker.issues(DEV, limit=7)
    facts = frame.attrs["tracker"]
    assert (len(frame), facts["rows"], facts["truncated"]) == (7, 7, True)
    assert facts["total"] == tracker.count(DEV)
    assert not tracker.issues("Queue: DESIGN", limit=10_000).attrs["tracker"]["truncated"]
    assert len(tracker.issues(EVERYTHING, limit=1200)) == 1200
    assert list(tracker.issues(keys=["DEV-5", "DEV-4", "DEV-3"], limit=2)["key"]) == ["DEV-5", "DEV-4"]


def test_the_limit_of_ordered_keys_applies_to_the_ordered_rows(tracker):
    """With keys and an order, `limit` takes the first of the ordered rows, not of the keys."""
    keys = [f"DEV-{number}" for number in range(1, 60)]
    whole = tracker.issues(keys=keys, order="-updatedAt", fields="updatedAt")
    assert whole["updatedAt"].is_monotonic_decreasing
    assert list(tracker.issues(keys=keys, order="-updatedAt", limit=3)["key"]) == list(whole["key"][:3])


# Columns.


def test_columns_follow_from_the_arguments(tracker):
    """An empty result has the columns and dtypes of a full one, local fields included."""
    full = tracker.issues(DEV)
    empty = tracker.issues(f'{DEV} Summary: "no such words anywhere"')
    assert len(empty) == 0
    assert list(empty.columns) == list(full.columns)
    assert list(empty.dtypes) == list(full.dtypes)
    schema = Schema.from_records(tracker.get("fields"), {"DEV": tracker.get("queues/DEV/localFields")})
    assert list(full.columns) == [column.name for column in schema.select(None, ["DEV"]).columns]


def test_only_the_fields_asked_for_are_requested(tracker, demo):
    """`fields` gives exactly these columns, `key` first, and requests no other; `+` adds to the default ones."""
    frame = tracker.issues(DEV, fields=["assignee.login", "status.key", "DEV.team"])
    assert list(frame.columns) == ["key", "assignee.login", "status.key", "DEV.team"]
    assert frame["assignee.login"].notna().any()
    search = next(request for request in demo.journal if request.path.endswith("_search"))
    fields = search.query["fields"][0].split(",")
    assert set(fields) >= {"id", "key", "assignee", "status"}
    assert "summary" not in fields
    added = tracker.issues("DEV-1", fields=["+description"])
    assert {"description", "summary"} <= set(added.columns)
    everything = tracker.issues("DEV-1", fields="all")
    assert set(added.columns) - {"description"} <= set(everything.columns)


def test_a_local_field_has_the_name_of_the_query_language(tracker):
    """A local field's name, QUEUE.KEY, works as column, filter, order and in a query."""
    frame = tracker.issues(DEV, fields="DEV.team")
    team = frame["DEV.team"].dropna().iloc[0]
    filtered = tracker.issues(filter={"DEV.team": team, "queue": "DEV"}, fields="DEV.team")
    assert set(filtered["key"]) == set(frame.loc[frame["DEV.team"] == team, "key"])
    assert set(tracker.issues(f'{DEV} DEV.team: "{team}"', fields="key")["key"]) == set(filtered["key"])
    assert len(tracker.issues(DEV, order="DEV.team", fields="DEV.team")) == len(frame)


def test_expand_adds_columns_of_raw_lists(tracker):
    """`expand` adds a column of records as they are; what cannot be expanded is refused."""
    frame = tracker.issues("DEV-1, DEV-2", expand="comments,transitions", fields="summary")
    assert list(frame.columns) == ["key", "summary", "comments", "transitions"]
    with pytest.raises(errors.BadOption, match=r"t\.links"):
        tracker.issues("DEV-1", expand="links")


def test_a_moved_issue_comes_with_fields_and_expand(tracker, demo):
    """The redirect from a former key keeps `fields` and `expand`."""
    moved = next(issue for issue in demo.world.issues.values() if issue.aliases and issue.comments)
    frame = tracker.issues(keys=[moved.aliases[0]], fields="summary", expand="comments")
    assert len(frame["comments"][0]) == len(moved.comments)


def test_datetimes_are_in_the_zone_and_dates_stay(tracker):
    """`tz` is the zone of datetimes; dates do not change."""
    utc = tracker.issues("DEV-1", fields="createdAt,deadline")
    moscow = tracker.issues("DEV-1", fields="createdAt,deadline", tz="Europe/Moscow")
    assert str(moscow["createdAt"].dtype) == "datetime64[us, Europe/Moscow]"
    assert str(utc["deadline"].dtype) == "datetime64[us]"
    assert (moscow["createdAt"] == utc["createdAt"]).all()
    assert moscow["deadline"].equals(utc["deadline"])


def test_display_texts_are_in_the_language(tracker):
    """`lang` changes display texts; keys do not change."""
    english = tracker.issues("DEV-1", lang="en")
    russian = tracker.issues("DEV-1", lang="ru")
    assert english["status.key"].equals(russian["status.key"])
    assert not english["type"].equals(russian["type"])


# Facts about the result.


def test_attrs_survive_pandas_and_parquet(tracker, tmp_path):
    """Attrs are plain JSON that survives filtering, sorting and Parquet; frames of one result can be concatenated."""
    frame = tracker.issues(DEV)
    facts = frame.attrs["tracker"]
    assert facts["query"] == DEV
    assert facts["login"] == tracker.me.login
    assert facts["units"]["spent"] == "h"
    derived = frame[frame["votes"].notna()].sort_values("updatedAt").assign(x=1)
    assert derived.attrs["tracker"] == facts
    frame.to_parquet(tmp_path / "x.parquet")
    assert pd.read_parquet(tmp_path / "x.parquet").attrs["tracker"] == facts
    assert len(pd.concat([frame, frame])) == 2 * len(frame)


@pytest.mark.parametrize(
    ("fields", "columns"),
    [
        (None, None),
        ("all", ["all"]),
        (" ALL", ["all"]),
        ("+status,+DEV.team", ["status", "DEV.team"]),
        (["assignee.login", "key", "status.key"], ["assignee.login", "key", "status.key"]),
    ],
)
def test_attrs_name_the_requested_columns(tracker, fields, columns):
    """`attrs` name the columns that were requested, without the companions that come with them."""
    assert tracker.issues("DEV-1", fields=fields).attrs["tracker"]["columns"] == columns


def test_explain_sends_one_count(tracker, demo):
    """`explain` sends one `_count`, and says what a search would send and find."""
    explanation = tracker.explain(DEV, order="-updatedAt")
    assert [request.path.rsplit("/", 1)[1] for request in demo.journal] == ["_count"]
    assert explanation.query == f'{DEV} "Sort By": Updated DESC'
    assert explanation.matches == tracker.count(DEV)
    assert str(explanation.matches) in str(explanation).replace(",", "")


def test_both_versions_of_the_api_give_raw_records(tracker):
    """`get` gives the records of API v2 and v3 as they come."""
    second = tracker.get("/v2/issues/DEV-1")
    third = tracker.get("issues/DEV-1")
    assert second["key"] == third["key"] == "DEV-1"
    assert "/v2/" in second["self"]
    assert "/v3/" in third["self"]


def test_the_address_of_a_result_is_a_search_only_if_a_query_expresses_it(tracker, visible_keys):
    """`attrs` have the address of the search; for a filter, and more keys than a query names, that of the tracker."""
    many = sorted(visible_keys)[:21]
    web = tracker.connection.web_url
    addresses = {
        f"{web}/issues?_q=Queue%3A%20DEV": tracker.issues(DEV, limit=1),
        f"{web}/issues?_q=Key%3A%20DEV-1%2C%20DEV-2": tracker.issues("DEV-1, DEV-2"),
    }
    assert [frame.attrs["tracker"]["url"] for frame in addresses.values()] == list(addresses)
    for frame in (tracker.issues(keys=many, fields="key"), tracker.issues(filter={"queue": "DEV"}, limit=1)):
        assert frame.attrs["tracker"]["url"] == web


def test_the_filter_is_recorded_as_sent(tracker):
    """The attrs hold a filter as JSON, as the service got it, and the types of statuses once they are known."""
    facts = tracker.issues(filter={"queue": "DESIGN", "assignee": None}).attrs["tracker"]
    assert facts["filter"] == {"queue": "DESIGN", "assignee": "empty()"}
    assert facts["statuses"] == {}
    types = tracker.statuses().set_index("key")["type"]
    facts = tracker.issues("Queue: DESIGN").attrs["tracker"]
    assert facts["filter"] is None
    assert facts["statuses"] == types.astype(object).where(types.notna(), None).to_dict()
