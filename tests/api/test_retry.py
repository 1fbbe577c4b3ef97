"""Whether a failed request is sent again, and after how long."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic import errors
from tracker_magic.api.retry import (
    FIRST_PATIENCE_S,
    LONGEST_RETRY_AFTER_S,
    PATIENCE_S,
    Attempts,
    giving_up,
    in_words,
    patience_for,
    retry_after_s,
    wait_before_retry,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def decide(error, attempt=1, waited_s=0.0, *, is_repeatable=True, jitter=0.5):
    """The seconds until the next attempt, or None; everything that is not named is fixed."""
    return wait_before_retry(
        error, attempt, waited_s, is_repeatable=is_repeatable, patience_s=PATIENCE_S, jitter=lambda: jitter, now=NOW
    )


@pytest.mark.parametrize(
    "error", [errors.Unreachable(), errors.TimedOut(), errors.ServiceBroken(), errors.UnexpectedReply()]
)
def test_a_transient_failure_is_retried_if_the_request_is_repeatable(error):
    """Failures of the connection, 5xx and unusable bodies are retried until the patience is used up."""
    assert decide(error) > 0
    assert decide(error, is_repeatable=False) is None
    assert decide(error, waited_s=PATIENCE_S) is None


@pytest.mark.parametrize(
    "error", [errors.BadQuery(), errors.Forbidden(), errors.NotFound(), errors.NotLoggedIn(), errors.BadOption()]
)
def test_a_refusal_is_never_retried(error):
    """4xx other than 429 are final."""
    assert decide(error) is None


@given(seconds=st.integers(1, int(LONGEST_RETRY_AFTER_S)), attempt=st.integers(1, 50), jitter=st.floats(0, 1))
def test_the_wait_is_at_least_retry_after(seconds, attempt, jitter):
    """`Retry-After` is obeyed in both forms, up to a day; after a 429 also if the request is not repeatable."""
    for header in (str(seconds), format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)):
        limited, broken = errors.RateLimited(retry_after=header), errors.ServiceBroken(retry_after=header)
        for error, is_repeatable in [(limited, False), (limited, True), (broken, True)]:
            wait_s = decide(error, attempt, waited_s=60.0, is_repeatable=is_repeatable, jitter=jitter)
            assert wait_s >= seconds
            assert decide(error, attempt, PATIENCE_S, is_repeatable=is_repeatable, jitter=jitter) is None
        assert decide(broken, attempt, is_repeatable=False, jitter=jitter) is None


def waits_after(error):
    """The waits of a request that always fails at once with `error`."""
    attempts, waits = Attempts(), []
    while len(waits) < 10_000:
        attempts.fail(0.0)
        wait_s = decide(error, attempts.failed, attempts.spent_s)
        if wait_s is None:
            return waits
        attempts.wait(wait_s)
        waits.append(wait_s)
    raise AssertionError("it never gives up")


@pytest.mark.parametrize("header", ["0", "0.001", "1", "31", "-5", None, "nan", "Sun, 22 Nov 2020 12:00:00 GMT"])
def test_retries_after_429_come_to_an_end(header):
    """A service that always answers 429 is tried for two minutes and not often, whatever short wait it asks for."""
    waits = waits_after(errors.RateLimited(retry_after=header))
    assert 90 <= sum(waits) <= PATIENCE_S + 31
    assert len(waits) <= 20


def test_a_long_retry_after_is_obeyed_twice():
    """After a wait of an hour all patience is available again; a second such wait uses it up."""
    assert waits_after(errors.RateLimited(retry_after="3600")) == [3600.0, 3600.0]
    attempts = Attempts()
    attempts.fail(0.2)
    attempts.wait(3600.0)
    attempts.fail(0.2)
    assert decide(errors.ServiceBroken(), attempts.failed, attempts.spent_s) > 0


def test_a_retry_after_of_more_than_a_day_ends_the_retries():
    """Nobody waits longer than a day: the error is reported instead."""
    assert decide(errors.RateLimited(retry_after=str(int(LONGEST_RETRY_AFTER_S) + 1))) is None


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (errors.TimedOut(connected=True), 0.0),
        (errors.TimedOut(), FIRST_PATIENCE_S),
        (errors.Unreachable(), FIRST_PATIENCE_S),
        (errors.UnexpectedReply(), FIRST_PATIENCE_S),
        (errors.Unreachable(connected=True), PATIENCE_S),
    ],
)
def test_an_address_that_never_answered_costs_no_minutes(error, seconds):
    """Until the service has answered once, silence is not retried, and other failures only for a moment."""
    assert patience_for(error, has_answered=False) == seconds
    assert patience_for(error, has_answered=True) == PATIENCE_S


def test_slow_answers_use_up_the_patience():
    """The time that retries take counts as well as their waits; the first attempt is no retry."""
    attempts = Attempts()
    for _ in range(3):
        attempts.fail(60.0)
    assert attempts.spent_s == 120.0
    assert decide(errors.TimedOut(), attempts.failed, attempts.spent_s) is None


def test_a_retry_after_of_zero_does_not_retry_at_once():
    """`Retry-After: 0` leads to the usual wait, and retries end as usual."""
    error = errors.RateLimited(retry_after="0")
    assert decide(error) > 0
    assert decide(error, waited_s=PATIENCE_S) is None


@given(attempt=st.integers(1, 60), jitter=st.floats(0, 1))
def test_waits_grow_up_to_half_a_minute(attempt, jitter):
    """No wait is shorter than the one before it, or longer than 30 s."""
    wait_s = decide(errors.ServiceBroken(), attempt, jitter=jitter)
    assert 0 < wait_s <= 30
    assert decide(errors.ServiceBroken(), attempt + 1, jitter=jitter) >= wait_s


@pytest.mark.parametrize("header", [None, "", "soon", "Wed, 99 Nov", "nan", "inf", "-Infinity", "1e999"])
def test_an_unreadable_retry_after_is_ignored(header):
    """A header that is neither a finite number nor a date counts as missing."""
    assert retry_after_s(header, NOW) is None


dates = st.datetimes().map(lambda moment: format_datetime(moment.replace(tzinfo=UTC), usegmt=True))
odd_dates = st.sampled_from(
    ["Mon, 01 Jan 0000 00:00:00 GMT", "1 Jan 2026 00:00:00 +99999999", "1 Jan 9999 23:59:59 -2359"]
)


@given(header=st.one_of(st.text(max_size=40), st.floats().map(str), st.integers().map(str), dates, odd_dates))
def test_no_retry_after_causes_an_error_or_an_endless_wait(header):
    """Whatever the header is, the wait is a positive number up to a day, or there is none."""
    seconds = retry_after_s(header, NOW)
    assert seconds is None or 0 <= seconds < float("inf")
    wait_s = decide(errors.RateLimited(retry_after=header))
    assert wait_s is None or 0 < wait_s <= LONGEST_RETRY_AFTER_S


def test_the_last_error_says_what_was_tried():
    """After several attempts the message of a new error says how many there were and how long they took."""
    error, attempts = errors.Unreachable("no connection", hint="Try again."), Attempts()
    attempts.fail(0.1)
    assert str(giving_up(error, attempts, None, None)) == "no connection. Try again."
    attempts.wait(118.0)
    attempts.fail(0.0)
    last = giving_up(error, attempts, None, None)
    assert last.lines() == ["Unreachable: no connection (sent 2 times within 118 s).", "Try again."]
    assert error.message == "no connection"


def test_a_retry_after_beyond_the_time_limit_is_explained():
    """The message says how long the service asks to wait and what the time limit leaves; the hint names the option."""
    error = giving_up(errors.RateLimited("too many requests"), Attempts(1), 3600.0, 4.96)
    assert error.message == "too many requests; it asks to wait for 60 min; the time limit leaves 5 s"
    assert "--timeout" in error.hint


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.44, "0.4 s"), (90, "90 s"), (3599, "60 min"), (7200, "2 h"), (100_000, "27.8 h")],
)
def test_a_duration_is_written_in_a_fitting_unit(seconds, text):
    """Up to two minutes in seconds, up to two hours in minutes, then in hours."""
    assert in_words(seconds) == text
