"""Faults while issues are asked for by key: moved issues, refused searches, a key that gives no answer."""

import pytest

from tests.tracker.mixtures.draw import move
from tests.tracker.mixtures.questions import Criterion, Question
from tests.tracker.test_faults_alone import assert_right, outcome
from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault


def test_what_came_by_keys_stays():
    """The search gave its issues; the former key, asked alone, gets 503 for good."""
    asked = Question("issues", Criterion("keys", ("DEV-1", "DEV-2", "OPS-14")))
    verdict = outcome(asked, Fault("status", "issues/OPS", times=1000), timeout_s=0.6)
    assert isinstance(verdict.error, errors.Incomplete)
    assert sorted(verdict.error.partial["key"]) == ["DEV-1", "DEV-2"]


@pytest.mark.parametrize("limit", [None, 3])
def test_a_moved_issue_stands_in_its_order(limit):
    """OPS-14 is DEV-79 now, and stands between the others by its creation."""
    keys = Criterion("keys", ("DEV-1", "DEV-190", "OPS-14", "DEV-180"))
    assert_right({"keys": outcome(Question("issues", keys, limit, ascending=True))})


@pytest.mark.parametrize("limit", [None, 3])
def test_an_order_outlives_a_refused_search(limit):
    """A service that refuses the search (it may not know one of the keys): every key is asked alone, then ordered."""
    keys = Criterion("keys", ("DEV-9", "DEV-190", "DEV-60", "DEV-180", "DEV-2"))
    asked = Question("issues", keys, limit, ascending=True)
    assert_right({"keys": outcome(asked, Fault("status", "issues/_search", times=9, status=400))})


def test_a_moved_issue_is_counted():
    """`count(keys=…)` and `issues(keys=…)` agree."""
    assert_right({"keys": outcome(Question("count", Criterion("keys", ("DEV-1", "OPS-14"))))})


@pytest.mark.parametrize("limit", [None, 2])
def test_an_issue_that_moves_while_the_order_is_asked_for(limit):
    """OPS-14 moved long ago, so the order is asked for once more; just before that DEV-180 moves too."""
    keys = Criterion("keys", ("DEV-1", "DEV-190", "OPS-14", "DEV-180"))
    moves = (Fault("hook", "issues/_search", skip=1), lambda world: move(world, "DEV-180", "OPS"))
    verdict = outcome(Question("issues", keys, limit, ascending=True), changes=(moves,))
    assert_right({"keys": verdict})
    assert verdict.error is None
