"""The queues' processes are sound."""

from datetime import UTC, datetime

import pytest

from tracker_magic.demo.world.organisation import found
from tracker_magic.demo.world.process import PROCESSES, WORK, Process

PROCESS = pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES)


@PROCESS
def test_shares_grow_to_one_at_most(process: Process) -> None:
    """The shares of a status's moves add up to one or less; the rest stays."""
    for stage in process.stages.values():
        up_to = [share for _, share in stage.moves]
        assert up_to == sorted(set(up_to))
        assert up_to[0] > 0
        assert up_to[-1] <= 1


@PROCESS
def test_every_status_is_reached_and_can_be_finished(process: Process) -> None:
    """From the first status all others are reached, and from each of them work can be finished."""

    def reached(begin: str) -> set[str]:
        seen, ahead = set(), [begin]
        while ahead:
            status = ahead.pop()
            seen.add(status)
            ahead += [target for target, _ in process.stages[status].moves if target not in seen]
        return seen

    assert reached(process.first) == set(process.stages)
    assert all("closed" in reached(status) for status in process.stages)


def test_the_world_knows_its_processes_statuses() -> None:
    """Every status of a process is in the dictionary, and each board of its queue has a column for it."""
    world = found(datetime(2026, 11, 20, tzinfo=UTC))
    for board in world.boards.values():
        shown = [status for *_, statuses in board.columns for status in statuses]
        assert sorted(shown) == sorted(PROCESSES[board.queue].stages)
    assert all(set(process.stages) <= set(world.statuses) for process in PROCESSES.values())
    assert set(world.statuses) >= WORK
