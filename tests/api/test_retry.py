"""Whether a failed request may be sent again, and after how long."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic import errors
from tracker_magic.api.retry import (
    LONGEST_WISH_S,
    PATIENCE_S,
    Tries,
    explained,
    retry_after_s,
    spelled,
    wait_before_retry,
)

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


@given(seconds=st.integers(1, int(LONGEST_WISH_S)), attempt=st.integers(1, 50), jitter=st.floats(0, 1))
def test_the_wait_is_never_below_what_the_service_asked(seconds, attempt, jitter):
    """Retry-After is obeyed in both forms, up to a day; after 429, which did nothing, also for writes."""
    for error, again in [(errors.RateLimited(), False), (errors.RateLimited(), True), (errors.ServiceBroken(), True)]:
        for form in (str(seconds), format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)):
            error.retry_after = form
            assert decide(error, attempt, waited_s=60.0, repeatable=again, jitter=jitter) >= seconds
            assert decide(error, attempt, waited_s=PATIENCE_S, repeatable=again, jitter=jitter) is None
    assert decide(error, attempt, repeatable=False, jitter=jitter) is None


def spent_on(error):
    """The waits of a request that fails with `error` for ever, at once each time."""
    tries, waits = Tries(), []
    while len(waits) < 10_000:
        tries.fail(0.0)
        wait_s = decide(error, tries.failed, tries.spent_s)
        if wait_s is None:
            return waits
        tries.wait(wait_s)
        waits.append(wait_s)
    raise AssertionError("it never gives up")


@pytest.mark.parametrize("wish", ["0", "0.001", "1", "31", "-5", None, "nan", "Sun, 22 Nov 2020 12:00:00 GMT"])
def test_429_without_end_comes_to_an_end(wish):
    """Two minutes of retries and not many of them, whatever short wait the service names."""
    error = errors.RateLimited()
    error.retry_after = wish
    waits = spent_on(error)
    assert 90 <= sum(waits) <= PATIENCE_S + 31
    assert len(waits) <= 20


def test_one_long_wish_is_obeyed_and_followed_by_new_patience():
    """An hour is waited out; what fails after it has its two minutes, a second hour is the end."""
    error = errors.RateLimited()
    error.retry_after = "3600"
    assert spent_on(error) == [3600.0, 3600.0]
    tries = Tries()
    tries.fail(0.2)
    tries.wait(3600.0)
    tries.fail(0.2)
    assert decide(errors.ServiceBroken(), tries.failed, tries.spent_s) > 0


def test_answers_that_take_long_use_up_patience_too():
    """A request that times out after a minute each time is tried for two minutes, not as often as its waits allow."""
    tries = Tries()
    for _ in range(3):
        tries.fail(60.0)
    assert tries.spent_s == 120.0
    assert decide(errors.TimedOut(), tries.failed, tries.spent_s) is None


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


@pytest.mark.parametrize("header", [None, "", "soon", "Wed, 99 Nov", "nan", "inf", "-Infinity", "1e999"])
def test_a_header_that_says_nothing_is_no_time(header):
    """Then the usual waits hold."""
    assert retry_after_s(header, NOW) is None


dates = st.datetimes().map(lambda moment: format_datetime(moment.replace(tzinfo=UTC), usegmt=True))
odd = st.sampled_from(["Mon, 01 Jan 0000 00:00:00 GMT", "1 Jan 2026 00:00:00 +99999999", "1 Jan 9999 23:59:59 -2359"])


@given(header=st.one_of(st.text(max_size=40), st.floats().map(str), st.integers().map(str), dates, odd))
def test_no_header_crashes_or_waits_for_ever(header):
    """Whatever stands there, the wait is a number from nothing to a day, or there is none."""
    seconds = retry_after_s(header, NOW)
    assert seconds is None or 0 <= seconds < float("inf")
    error = errors.RateLimited()
    error.retry_after = header
    wait_s = decide(error)
    assert wait_s is None or 0 < wait_s <= LONGEST_WISH_S


def test_the_last_error_says_how_long_it_was_tried():
    """The number of sendings and the time of the retries; a single failure says nothing more."""
    tries = Tries()
    tries.fail(0.1)
    assert str(explained(errors.Unreachable("no connection", hint="Try."), tries, None, None)) == "no connection. Try."
    tries.wait(118.0)
    tries.fail(0.0)
    error = explained(errors.Unreachable("no connection", hint="Try."), tries, None, None)
    assert str(error) == "no connection (sent 2 times within 118 s) Try."
    assert error.lines() == ["Unreachable: no connection (sent 2 times within 118 s)", "Try."]


def test_a_wish_beyond_the_time_limit_is_named():
    """Both are: how long the service wants, how long the call may still take."""
    error = explained(errors.RateLimited("too many requests"), Tries(1), 3600.0, 4.96)
    assert error.message == "too many requests; it asks to be left alone for 60 min; the time limit leaves 5 s"
    assert "--timeout" in error.hint


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (0.44, "0.4 s"), (90, "90 s"), (3599, "60 min"), (7200, "2 h"), (100_000, "27.8 h")],
)
def test_a_wait_is_spelled_in_its_unit(seconds, said):
    """Seconds, minutes or hours."""
    assert spelled(seconds) == said
