"""A team's definitions."""

import pandas as pd
import pytest

from tests.flow.tickets import Ticket, frames, moves
from tracker_magic import flow
from tracker_magic.errors import BadOption, UnknownStatus

DONE = Ticket("DEV-1", status="closed", changes=moves((2, "inProgress"), (6, "closed")), resolved=6)


def test_fields_as_keywords_override_the_policy():
    """A field given as a keyword replaces that of the policy; the others stay."""
    issues, log = frames([DONE])
    policy = flow.Policy(start="open", exclude="inProgress")
    assert flow.cycle_time(issues, log, policy=policy)["days"].tolist() == [2.0]
    assert flow.cycle_time(issues, log, policy=policy, exclude=())["days"].tolist() == [6.0]
    assert flow.cycle_time(issues, log)["days"].tolist() == [4.0]


def test_trackers_widget_as_a_policy():
    """Policy.tracker() starts when a status of the type new is first left, even straight into a finished one."""
    straight = Ticket("DEV-2", status="closed", changes=moves((3, "closed")), resolved=3)
    issues, log = frames([DONE, straight])
    result = flow.cycle_time(issues, log, policy=flow.Policy.tracker())
    assert result["days"].tolist() == [4.0, 0.0]
    assert "Tracker's widget: P85 3.4 days, n 2" in flow.cycle_time(issues, log).attrs["definition"]


def test_a_table_of_a_file():
    """A policy is read from a table of pyproject.toml; an unknown key raises BadOption, which names the nearest one."""
    table = {"query": "Queue: DEV", "without": ["duplicate"], "start": "inProgress, review", "sle": [85, 14]}
    policy = flow.Policy.from_table(table)
    assert policy == flow.Policy(
        query="Queue: DEV", without=["duplicate"], start=["inProgress", "review"], sle=(85, 14)
    )
    with pytest.raises(BadOption, match="Did you mean 'reopen'"):
        flow.Policy.from_table({"reopn": "last"})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"start": "open", "leave": "open"}, "exclude each other"),
        ({"count": "working"}, "needs a calendar"),
        ({"reopen": "never"}, "reopen cannot be 'never'"),
        ({"back": "reset"}, "It is one of 'keep', 'restart'"),
        ({"strat": "open"}, "Did you mean 'start'"),
    ],
)
def test_wrong_fields_are_named(fields, words):
    """Contradicting or unknown fields raise BadOption."""
    with pytest.raises(BadOption, match=words):
        flow.cycle_time(*frames([DONE]), **fields)


@pytest.mark.parametrize(
    ("status", "hint"), [("inprogress", "Did you mean 'inProgress'"), ("closed shown", "Its key is 'closed'")]
)
def test_an_unknown_status_key_names_the_nearest(status, hint):
    """A status key that does not exist, today's display name among them, raises UnknownStatus with the right key."""
    with pytest.raises(UnknownStatus, match=hint):
        flow.cycle_time(*frames([DONE]), start=status)


def test_the_result_carries_its_definition():
    """The definition and the policy stand in the result, as plain JSON."""
    issues, log = frames([DONE])
    stages = pd.DataFrame({"name": ["todo", "done"], "statuses.key": [["open"], ["closed"]]})
    policy = flow.Policy(calendar="RU", count="working", tz="Europe/Moscow", stages=stages)
    result = flow.cycle_time(issues, log, policy=policy)
    assert result.attrs["definition"].startswith("Working days (RU, Mon-Fri, Europe/Moscow) from the first entry into")
    # From 3 to 7 January everything is closed.
    assert "100 % of the time from start to finish is outside working time" in result.attrs["definition"]
    facts = result.attrs["flow"]
    assert facts["policy"] == {
        "count": "working", "calendar": "RU", "tz": "Europe/Moscow", "stages": {"todo": ["open"], "done": ["closed"]},
    }  # fmt: skip
    assert (facts["metric"], facts["n"], facts["types"]) == ("cycle_time", 1, {"task": 1})
