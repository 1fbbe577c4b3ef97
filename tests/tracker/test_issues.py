"""Issues: by each criterion, complete, in order, typed."""

import pandas as pd
import pytest

from tracker_magic import errors
from tracker_magic.frames import Schema

DEV = "Queue: DEV"


def visible(demo):
    """Keys of the issues that the caller may see."""
    hidden = {queue.key for queue in demo.world.queues.values() if queue.hidden}
    return {key for key in demo.world.issues if key.rsplit("-", 1)[0] not in hidden}


def numbers(keys):
    """Keys as (queue, number)."""
    return [(key.rsplit("-", 1)[0], int(key.rsplit("-", 1)[1])) for key in keys]


def test_a_query_gives_every_issue_once_by_queue_and_number(tracker, demo):
    """Over several pages of a scroll: unique, complete, in the order people count."""
    frame = tracker.issues("Queue: DEV, OPS, DESIGN")
    assert len(frame) > 1000
    assert set(frame["key"]) == visible(demo)
    assert frame["key"].is_unique
    assert list(frame.index) == list(range(len(frame)))
    assert numbers(frame["key"]) == sorted(numbers(frame["key"]))


def test_the_six_criteria_agree(tracker, demo):
    """Query, filter, queue, keys and saved filter of the same issues give the same rows."""
    queue = "DESIGN"
    expected = {key for key in visible(demo) if key.startswith(f"{queue}-")}
    keys = sorted(expected)
    number = next(iter(demo.world.filters))
    assert set(tracker.issues(f"Queue: {queue}")["key"]) == expected
    assert set(tracker.issues(filter={"queue": queue})["key"]) == expected
    assert set(tracker.issues(queue=queue)["key"]) == expected
    assert list(tracker.issues(keys=keys)["key"]) == keys
    saved = tracker.issues(filter_id=number)
    assert saved.attrs["tracker"]["total"] == len(saved) == tracker.count(filter_id=number)


def test_a_queue_is_known_in_any_case(tracker, demo):
    """The language finds `dev` as it finds DEV: the columns are the same, local fields included."""
    named = demo.world.queues["DEV"].name
    whole = tracker.issues("Queue: DEV")
    assert "DEV.team" in whole.columns
    asked = [tracker.issues("queue: dev"), tracker.issues(queue="Dev"), tracker.issues(queue=named.upper())]
    assert [list(frame.columns) for frame in asked] == [list(whole.columns)] * 3
    assert [list(frame["key"]) for frame in asked] == [list(whole["key"])] * 3


def test_a_sprint_holds_what_is_or_was_in_it(tracker, demo):
    """By id, by name, by a row of sprints: also the issues that were taken out of it."""
    boards = tracker.boards()
    board = next(board.id for board in demo.world.boards.values() if board.has_sprints)
    sprints = tracker.sprints(board)
    row = sprints.iloc[3]
    frame = tracker.issues(sprint=row["id"], fields="sprint")
    was = {
        issue.key
        for issue in demo.world.issues.values()
        if row["id"] in issue.values.get("sprint", [])
        or any(
            change.field == "sprint" and row["id"] in (change.old or [])
            for event in issue.events
            for change in event.changes
        )
    }
    assert set(frame["key"]) == was
    assert set(tracker.issues(sprint=sprints.iloc[3:4], fields="key")["key"]) == was
    assert was <= set(tracker.issues(sprint=row["name"], fields="key")["key"])
    assert len(boards)


def test_keys_come_as_given_and_old_ones_lead_to_the_present(tracker, demo):
    """The order and the place of every key are kept; a moved issue stands where its old key stood."""
    moved = next(issue for issue in demo.world.issues.values() if issue.aliases)
    frame = tracker.issues(keys=["DEV-10", moved.aliases[0], "DEV-2", "DEV-10"])
    assert list(frame["key"]) == ["DEV-10", moved.key, "DEV-2"]
    log = tracker.changelog([moved.aliases[0]])
    assert set(log["key"]) == {moved.key}


def test_keys_come_from_a_text_a_series_and_a_frame(tracker):
    """Whatever holds keys is a list of keys."""
    frame = tracker.issues("DEV-3, DEV-1")
    assert list(frame["key"]) == ["DEV-3", "DEV-1"]
    for source in (frame, frame["key"], pd.Index(frame["key"]), list(frame["key"])):
        assert list(tracker.issues(keys=source, fields="key")["key"]) == ["DEV-3", "DEV-1"]


def test_an_order_is_kept_as_the_service_gives_it(tracker):
    """By `order` and by "Sort By", with a query and with a filter."""
    for frame in (
        tracker.issues(DEV, order="-updatedAt"),
        tracker.issues(f'{DEV} "Sort By": Updated DESC'),
        tracker.issues(filter={"queue": "DEV"}, order="-updatedAt"),
    ):
        assert frame["updatedAt"].is_monotonic_decreasing
        assert len(frame) == tracker.count(DEV)
    with pytest.raises(errors.BadOption, match="order"):
        tracker.issues(DEV, order="nosuchfield")


def test_a_limited_result_says_so(tracker):
    """The first N of TOTAL: rows, total and truncated are in attrs."""
    frame = tracker.issues(DEV, limit=7)
    facts = frame.attrs["tracker"]
    assert (len(frame), facts["rows"], facts["truncated"]) == (7, 7, True)
    assert facts["total"] == tracker.count(DEV)
    assert not tracker.issues("Queue: DESIGN", limit=10_000).attrs["tracker"]["truncated"]
    assert len(tracker.issues("Queue: DEV, OPS, DESIGN", limit=1200)) == 1200
    assert list(tracker.issues(keys=["DEV-5", "DEV-4", "DEV-3"], limit=2)["key"]) == ["DEV-5", "DEV-4"]


def test_columns_follow_from_the_question_and_not_from_the_rows(tracker):
    """An empty result has the very columns and dtypes of a full one, local fields included."""
    full = tracker.issues(DEV)
    empty = tracker.issues(f'{DEV} Summary: "no such words anywhere"')
    assert len(empty) == 0
    assert list(empty.columns) == list(full.columns)
    assert list(empty.dtypes) == list(full.dtypes)
    planned = Schema.from_records(tracker.get("fields"), {"DEV": tracker.get("queues/DEV/localFields")}).select(
        None, ["DEV"]
    )
    assert list(full.columns) == [column.name for column in planned.columns]


def test_only_the_asked_for_fields_travel(tracker, demo):
    """`fields` gives exactly those columns, key first, and asks the service for no more."""
    frame = tracker.issues(DEV, fields=["assignee.login", "status.key", "DEV.team"])
    assert list(frame.columns) == ["key", "assignee.login", "status.key", "DEV.team"]
    assert frame["assignee.login"].notna().any()
    search = next(seen for seen in demo.journal if seen.path.endswith("_search"))
    assert set(search.query["fields"][0].split(",")) >= {"id", "key", "assignee", "status"}
    assert "summary" not in search.query["fields"][0].split(",")
    plus = tracker.issues("DEV-1", fields=["+description"])
    assert "description" in plus.columns
    assert "summary" in plus.columns
    everything = tracker.issues("DEV-1", fields="all")
    assert set(plus.columns) - {"description"} <= set(everything.columns)


def test_local_fields_are_named_as_in_the_query_language(tracker):
    """DEV.team is a column, a filter and an order."""
    frame = tracker.issues(DEV, fields="DEV.team")
    team = frame["DEV.team"].dropna().iloc[0]
    filtered = tracker.issues(filter={"DEV.team": team, "queue": "DEV"}, fields="DEV.team")
    assert set(filtered["key"]) == set(frame.loc[frame["DEV.team"] == team, "key"])
    assert set(tracker.issues(f'{DEV} DEV.team: "{team}"', fields="key")["key"]) == set(filtered["key"])
    ordered = tracker.issues(DEV, order="DEV.team", fields="DEV.team")
    assert len(ordered) == len(frame)


def test_expanded_lists_stand_as_they_came(tracker):
    """`expand` adds a column of raw lists; what cannot be expanded is refused."""
    frame = tracker.issues("DEV-1, DEV-2", expand="comments,transitions", fields="summary")
    assert list(frame.columns) == ["key", "summary", "comments", "transitions"]
    with pytest.raises(errors.BadOption, match=r"t\.links"):
        tracker.issues("DEV-1", expand="links")


def test_every_datetime_carries_the_zone_and_dates_stay(tracker):
    """`tz` moves moments to the zone, never a date."""
    here = tracker.issues("DEV-1", fields="createdAt,deadline")
    there = tracker.issues("DEV-1", fields="createdAt,deadline", tz="Europe/Moscow")
    assert str(there["createdAt"].dtype) == "datetime64[us, Europe/Moscow]"
    assert str(here["deadline"].dtype) == "datetime64[us]"
    assert (there["createdAt"] == here["createdAt"]).all()
    assert there["deadline"].equals(here["deadline"])


def test_the_language_is_that_asked_for(tracker):
    """Display texts change with `lang`, keys do not."""
    english = tracker.issues("DEV-1", lang="en")
    russian = tracker.issues("DEV-1", lang="ru")
    assert english["status.key"].equals(russian["status.key"])
    assert not english["type"].equals(russian["type"])


def test_the_record_on_a_frame_is_plain_and_lasts(tracker, tmp_path):
    """The record survives filtering, sorting and Parquet, and concat of the same result works."""
    frame = tracker.issues(DEV)
    facts = frame.attrs["tracker"]
    assert facts["query"] == DEV
    assert facts["login"] == tracker.me.login
    assert facts["units"]["spent"] == "h"
    kept = frame[frame["votes"].notna()].sort_values("updatedAt").assign(x=1)
    assert kept.attrs["tracker"] == facts
    frame.to_parquet(tmp_path / "x.parquet")
    again = pd.read_parquet(tmp_path / "x.parquet")
    assert again.attrs["tracker"] == facts
    assert len(pd.concat([frame, frame])) == 2 * len(frame)


def test_a_question_is_explained_by_one_count(tracker, demo):
    """`explain` sends one `_count` and says what would be asked and how long it takes."""
    found = tracker.explain(DEV, order="-updatedAt")
    assert [seen.path.rsplit("/", 1)[1] for seen in demo.journal] == ["_count"]
    assert found.query == f'{DEV} "Sort By": Updated DESC'
    assert found.matches == tracker.count(DEV)
    assert str(found.matches) in str(found).replace(",", "")


def test_the_second_version_of_the_api_has_its_own_shapes(tracker):
    """Raw records of v2 and v3 come as the service gives them."""
    second = tracker.get("/v2/issues/DEV-1")
    third = tracker.get("issues/DEV-1")
    assert second["key"] == third["key"] == "DEV-1"
    assert "/v2/" in second["self"]
    assert "/v3/" in third["self"]


def test_an_order_of_keys_comes_before_the_limit(tracker):
    """The first N of the ordered rows, not of the keys as given."""
    keys = [f"DEV-{number}" for number in range(1, 60)]
    whole = tracker.issues(keys=keys, order="-updatedAt", fields="updatedAt")
    assert whole["updatedAt"].is_monotonic_decreasing
    assert list(tracker.issues(keys=keys, order="-updatedAt", limit=3)["key"]) == list(whole["key"][:3])


def test_a_moved_issue_comes_with_all_that_was_asked(tracker, demo):
    """The redirect of an old key keeps fields and expand."""
    moved = next(issue for issue in demo.world.issues.values() if issue.aliases and issue.comments)
    frame = tracker.issues(keys=[moved.aliases[0]], fields="summary", expand="comments")
    assert len(frame["comments"][0]) == len(moved.comments)
