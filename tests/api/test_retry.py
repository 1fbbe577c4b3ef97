"""Whether a failed request may be sent again, and after how long."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic import errors
from tracker_magic.api.retry import PATIENCE_S, retry_after_s, wait_before_retry

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def decide(error, attempt=1, waited_s=0.0, *, repeatable=True, jitter=0.5):
    """The decision with everything else fixed."""
    return wait_before_retry(
        error, attempt, waited_s, repeatable=repeatable, patience_s=PATIENCE_S, jitter=lambda: jitter, now=NOW
    )


@pytest.mark.parametrize(
    "error", [errors.Unreachable(), errors.TimedOut(), errors.ServiceBroken(), errors.UnexpectedReply()]
)
def test_a_passing_failure_is_tried_again_where_nothing_changes(error):
    """Transport, 5xx and unusable bodies: again for reads, never for writes."""
    assert decide(error) > 0
    assert decide(error, repeatable=False) is None
    assert decide(error, waited_s=PATIENCE_S) is None


@pytest.mark.parametrize(
    "error", [errors.BadQuery(), errors.Forbidden(), errors.NotFound(), errors.NotLoggedIn(), errors.BadOption()]
)
def test_an_answer_that_says_no_is_never_asked_again(error):
    """Other 4xx stay what they are."""
    assert decide(error) is None


@given(seconds=st.integers(1, 100_000), attempt=st.integers(1, 50), jitter=st.floats(0, 1))
def test_the_wait_is_never_below_what_the_service_asked(seconds, attempt, jitter):
    """Retry-After is obeyed in both forms, however long, also for writes: 429 did nothing."""
    error = errors.RateLimited()
    for form in (str(seconds), format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)):
        error.retry_after = form
        assert decide(error, attempt, waited_s=1e6, repeatable=False, jitter=jitter) >= seconds


def test_a_wait_of_nothing_is_waited_as_usual():
    """Retry-After: 0 for ever does not spin: the usual waits hold, and their end."""
    error = errors.RateLimited()
    error.retry_after = "0"
    assert decide(error) > 0
    assert decide(error, waited_s=PATIENCE_S) is None


@given(attempt=st.integers(1, 60), jitter=st.floats(0, 1))
def test_waits_grow_and_stay_bounded(attempt, jitter):
    """Each wait is at most double the last, never over half a minute, never negative."""
    wait = decide(errors.ServiceBroken(), attempt, jitter=jitter)
    assert 0 < wait <= 30
    assert decide(errors.ServiceBroken(), attempt + 1, jitter=jitter) >= wait


@pytest.mark.parametrize("header", [None, "", "soon", "Wed, 99 Nov"])
def test_a_header_that_says_nothing_is_no_time(header):
    """Then the usual waits hold."""
    assert retry_after_s(header, NOW) is None
