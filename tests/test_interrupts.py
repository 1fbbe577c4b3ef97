"""An interrupt waits while a lock may be taken, and strikes where there is nothing but waiting."""

import signal
import threading

import pytest

from tracker_magic.interrupts import allow_interrupts, defer_interrupts


def press():
    """Press stop: the handler runs before this returns."""
    signal.raise_signal(signal.SIGINT)


def test_an_interrupt_waits_for_the_end_of_the_block():
    """It strikes there, once, and from then on at once."""
    done = []

    def work():
        with defer_interrupts():
            press()
            press()
            done.append("all")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["all"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        press()
    with defer_interrupts():
        pass


@pytest.mark.parametrize("is_before", [True, False])
def test_it_strikes_where_it_is_let_through(is_before):
    """One that waits as well as one that comes; what it ends is not struck again before the end."""
    seen = []

    def work():
        with defer_interrupts():
            if is_before:
                press()
            try:
                with allow_interrupts():
                    seen.append("open")
                    press()
                    seen.append("never")
            finally:
                press()
                seen.append("unwound")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert seen == (["unwound"] if is_before else ["open", "unwound"])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_block_in_a_block_ends_nothing():
    """Held again where it is let through, it waits for that one; held twice, for the outer one."""
    seen = []

    def twice():
        with defer_interrupts():
            with defer_interrupts():
                press()
            seen.append("inner over")

    def again():
        with defer_interrupts(), allow_interrupts(), defer_interrupts():
            press()
            seen.append("held again")

    for work in (twice, again):
        with pytest.raises(KeyboardInterrupt):
            work()
    assert seen == ["inner over", "held again"]


def test_what_the_block_raises_comes_with_the_interrupt():
    """The interrupt wins; without one the error is as it was."""

    def fails(*, pressed):
        with defer_interrupts():
            if pressed:
                press()
            raise LookupError

    with pytest.raises(KeyboardInterrupt):
        fails(pressed=True)
    with pytest.raises(LookupError):
        fails(pressed=False)


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL])
def test_who_has_no_handler_keeps_that(handler):
    """Interrupts that are ignored, or end the process, are left so."""
    before = signal.signal(signal.SIGINT, handler)
    try:
        with defer_interrupts(), allow_interrupts():
            assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_handler_of_somebody_else_is_called():
    """Each press that can be told from another, with the frame that it struck; one that raises nothing ends nothing."""
    told = []
    before = signal.signal(signal.SIGINT, lambda number, frame: told.append((number, frame.f_code.co_name)))
    try:
        with defer_interrupts():
            press()
            assert told == []
            with allow_interrupts():
                assert len(told) == 1
                press()
                press()
                assert len(told) == 3
        assert len(told) == 3
        assert {number for number, _ in told} == {signal.SIGINT}
        assert told[1][1] == "press"
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_have_no_say():
    """They get no interrupt, and cannot set a handler."""
    failed = []

    def work():
        try:
            with defer_interrupts(), allow_interrupts():
                assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        except BaseException as error:
            failed.append(error)
            raise

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert failed == []
