"""Faults while issues are fetched by key: moved issues, refused searches, keys that get no answer."""

import pytest

from tests.tracker.mixtures.changes import move_to
from tests.tracker.mixtures.play import shared_world
from tests.tracker.mixtures.questions import Criterion, Question
from tests.tracker.test_faults_of_searches import assert_right, outcome
from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault


def former_key() -> str:
    """The key that an issue of DEV had in OPS."""
    return next(issue.aliases[0] for issue in shared_world().issues.values() if issue.aliases)


def test_issues_of_the_search_are_kept_if_a_single_key_fails():
    """If the search returned its issues and a former key gets no answer, the error has the issues fetched so far."""
    question = Question("issues", Criterion("keys", ("DEV-1", "DEV-2", former_key())))
    verdict = outcome(question, Fault("status", "issues/OPS", times=1000), timeout_s=0.6)
    assert isinstance(verdict.error, errors.Incomplete)
    assert sorted(verdict.error.partial["key"]) == ["DEV-1", "DEV-2"]


@pytest.mark.parametrize("limit", [None, 3])
def test_a_moved_issue_stands_where_the_order_puts_it(limit):
    """An issue that was moved from OPS to DEV stands between the others by its time of creation."""
    keys = Criterion("keys", ("DEV-1", "DEV-190", former_key(), "DEV-180"))
    assert_right({"keys": outcome(Question("issues", keys, limit, ascending=True))})


@pytest.mark.parametrize("limit", [None, 3])
def test_keys_are_ordered_even_if_their_search_is_refused(limit):
    """If the service refuses the search, as it may for an unknown key, every key is requested alone, then ordered."""
    keys = Criterion("keys", ("DEV-9", "DEV-190", "DEV-60", "DEV-180", "DEV-2"))
    question = Question("issues", keys, limit, ascending=True)
    assert_right({"keys": outcome(question, Fault("status", "issues/_search", times=9, status=400))})


def test_a_moved_issue_is_counted():
    """`count` counts an issue by its former key, as `issues` finds it."""
    assert_right({"keys": outcome(Question("count", Criterion("keys", ("DEV-1", former_key()))))})


@pytest.mark.parametrize("limit", [None, 2])
def test_an_issue_may_move_while_the_order_is_requested(limit):
    """If another issue moves just before the order of a moved one is requested, the order is requested again."""
    keys = Criterion("keys", ("DEV-1", "DEV-190", former_key(), "DEV-180"))
    change = (Fault("hook", "issues/_search", skip=1), lambda world, _: move_to(world, world.issues["DEV-180"], "OPS"))
    verdict = outcome(Question("issues", keys, limit, ascending=True), changes=(change,))
    assert_right({"keys": verdict})
    assert verdict.error is None
