"""The workflows of the demo's queues are sound."""

from datetime import UTC, datetime

import pytest

from tracker_magic.demo.world.organisation import make_organisation
from tracker_magic.demo.world.workflows import WORKFLOWS, WORKING_STATUSES, Workflow

each_workflow = pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=WORKFLOWS)


def reachable_from(workflow: Workflow, status: str) -> set[str]:
    """Statuses that can be reached from this one, itself included."""
    reached: set[str] = set()
    pending = [status]
    while pending:
        current = pending.pop()
        if current not in reached:
            reached.add(current)
            pending += [target for target, _ in workflow.stages[current].next_statuses]
    return reached


@each_workflow
def test_cumulative_probabilities_rise_to_at_most_one(workflow: Workflow) -> None:
    """The cumulative probabilities of the next statuses rise and end at 1 or below."""
    for stage in workflow.stages.values():
        cumulative = [probability for _, probability in stage.next_statuses]
        assert cumulative == sorted(set(cumulative))
        assert cumulative[0] > 0
        assert cumulative[-1] <= 1


@each_workflow
def test_every_status_can_be_reached_and_closed(workflow: Workflow) -> None:
    """All statuses can be reached from the initial one, and an issue can be closed from each of them."""
    assert reachable_from(workflow, workflow.initial_status) == set(workflow.stages)
    assert all("closed" in reachable_from(workflow, status) for status in workflow.stages)


def test_statuses_of_workflows_are_in_the_dictionary_and_on_the_boards() -> None:
    """Every status of a workflow is in the dictionary of statuses, and has a column on each board of its queue."""
    world = make_organisation(datetime(2026, 11, 20, tzinfo=UTC))
    for board in world.boards.values():
        shown = [status for *_, statuses in board.columns for status in statuses]
        assert sorted(shown) == sorted(WORKFLOWS[board.queue].stages)
    assert all(set(workflow.stages) <= set(world.statuses) for workflow in WORKFLOWS.values())
    assert set(world.statuses) >= WORKING_STATUSES
