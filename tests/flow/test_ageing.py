"""Flow efficiency, and the age of work in progress."""

import pytest

from tests.flow.tickets import Ticket, frames, moves
from tracker_magic import flow


def finished(number: int, at: float) -> Ticket:
    """A ticket that was created after so many days, started a day later, and finished."""
    steps = moves((number + 1, "inProgress"), (at, "closed"))
    return Ticket(f"DEV-{number}", number, "closed", steps, resolved=at)


def test_flow_efficiency():
    """Work and waiting between start and finish; blocked work waits; time closed is in neither sum."""
    steps = moves((1, "inProgress"), (4, "onHold"), (5, "closed"), (7, "inProgress"), (8, "closed"))
    changes = sorted([*steps, (2, [("tags", [], ["blocked"])]), (3, [("tags", ["blocked"], [])])])
    issues, log = frames([Ticket("DEV-1", status="closed", changes=changes, resolved=8)])
    columns = ["days", "active", "waiting", "blocked", "unknown", "closed", "efficiency"]
    plain = flow.flow_efficiency(issues, log)
    assert plain[columns].to_numpy().tolist() == [[7, 4, 1, 0, 0, 2, 0.8]]
    blocked = flow.flow_efficiency(issues, log, blocked_tags=["blocked"])
    assert blocked[columns].to_numpy().tolist() == [[7, 3, 2, 1, 0, 2, 0.6]]
    assert flow.flow_efficiency(issues, log, waiting=["inProgress"])["efficiency"].item() == 0


def test_ages_beside_finished_items():
    """The age of an open item stands beside the ages at which finished items left the same status."""
    done = [finished(number, number + 2 + number % 4) for number in range(1, 25)]
    issues, log = frames([*done, Ticket("DEV-99", 50, "inProgress", moves((51, "inProgress")))])
    found = flow.wip_age(issues, log)
    assert found["key"].tolist() == ["DEV-99"]
    assert found["age"].item() == pytest.approx(9.5)
    assert found[["rank", "p50", "p95", "n"]].to_numpy().tolist() == [[1.0, 2.5, 4.0, 24]]
