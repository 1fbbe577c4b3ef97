"""Ctrl-C is postponed while code runs that must not be interrupted halfway."""

import asyncio
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.forks import in_child
from tracker_magic.interrupts import defer_interrupts, import_uninterrupted, raise_interrupts


def press_stop():
    """Press Ctrl-C: the handler has run when this returns."""
    signal.raise_signal(signal.SIGINT)


@pytest.fixture
def use_handler():
    """Sets another handler of SIGINT until the end of the test."""
    before = signal.getsignal(signal.SIGINT)
    yield lambda handler: signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_acts_at_the_end_of_the_block():
    """An interrupt in the block raises KeyboardInterrupt once, at its end; later interrupts act at once."""
    steps = []

    def work():
        with defer_interrupts():
            press_stop()
            press_stop()
            steps.append("block finished")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert steps == ["block finished"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        press_stop()
    with defer_interrupts():
        pass


def test_deliver_lets_a_noted_interrupt_act_earlier():
    """`deliver()` raises KeyboardInterrupt if an interrupt was noted, once; without one it does nothing."""
    steps = []
    with defer_interrupts() as interrupts:
        interrupts.deliver()
        press_stop()
        try:
            interrupts.deliver()
        except KeyboardInterrupt:
            steps.append("delivered")
        interrupts.deliver()
    assert steps == ["delivered"]


def test_an_interrupt_during_the_clean_up_of_another_is_not_raised_again():
    """If KeyboardInterrupt leaves the block, further interrupts in the block are part of it."""

    def work():
        with defer_interrupts() as interrupts:
            press_stop()
            try:
                interrupts.deliver()
            finally:
                press_stop()

    with pytest.raises(KeyboardInterrupt) as caught:
        work()
    assert caught.value.__context__ is None
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_inner_block_passes_its_interrupt_to_the_outer_one():
    """At the end of an inner block the interrupt is only noted in the outer one, which delivers it."""
    steps = []

    def work():
        with defer_interrupts() as outer:
            with defer_interrupts():
                press_stop()
            steps.append("inner block finished")
            outer.deliver()
            steps.append("never reached")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert steps == ["inner block finished"]


def test_an_inner_block_can_deliver_its_own_interrupt():
    """`deliver()` of an inner block raises at once, although the outer block postpones interrupts."""
    with defer_interrupts() as outer:
        with defer_interrupts() as inner:
            press_stop()
            with pytest.raises(KeyboardInterrupt):
                inner.deliver()
        assert not outer.is_pending


def test_an_interrupt_wins_over_an_error_of_the_block():
    """If the block raises after an interrupt, KeyboardInterrupt is raised; without an interrupt the error itself is."""

    def fail(*, is_pressed):
        with defer_interrupts():
            if is_pressed:
                press_stop()
            raise LookupError

    with pytest.raises(KeyboardInterrupt):
        fail(is_pressed=True)
    with pytest.raises(LookupError):
        fail(is_pressed=False)


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL])
def test_a_process_that_ignores_interrupts_goes_on_ignoring_them(use_handler, handler):
    """A block sets no handler if interrupts are ignored (SIG_IGN) or end the process (SIG_DFL)."""
    use_handler(handler)
    with defer_interrupts() as interrupts:
        assert signal.getsignal(signal.SIGINT) is handler
        interrupts.deliver()
    assert signal.getsignal(signal.SIGINT) is handler


def test_the_handler_of_another_library_is_called(use_handler):
    """A delivered interrupt calls the handler that was set before, with a signal number and a frame."""
    calls = []
    use_handler(lambda number, frame: calls.append((number, frame is not None)))
    with defer_interrupts() as interrupts:
        press_stop()
        assert calls == []
        interrupts.deliver()
        assert calls == [(signal.SIGINT, True)]
        press_stop()
    assert calls == [(signal.SIGINT, True)] * 2


def test_a_handler_that_is_set_meanwhile_stays(use_handler):
    """A handler that sets another one while the block delivers an interrupt is not undone at the end."""

    def replacement(*_):
        pass

    use_handler(lambda *_: signal.signal(signal.SIGINT, replacement))
    with defer_interrupts() as interrupts:
        press_stop()
        interrupts.deliver()
    assert signal.getsignal(signal.SIGINT) is replacement


def test_a_block_in_another_thread_changes_nothing():
    """Only the main thread gets interrupts and may set a handler: elsewhere the block leaves the handler alone."""
    handlers = []

    def work():
        with defer_interrupts() as interrupts:
            handlers.append(signal.getsignal(signal.SIGINT))
            interrupts.deliver()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]


def test_an_import_is_finished_before_an_interrupt_acts(tmp_path, monkeypatch):
    """An interrupt while a module is imported acts when the module is loaded whole."""
    code = "import signal\nsignal.raise_signal(signal.SIGINT)\nis_loaded = True\n"
    (tmp_path / "interrupted_module.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    try:
        with pytest.raises(KeyboardInterrupt):
            import_uninterrupted("interrupted_module")
        assert import_uninterrupted("interrupted_module").is_loaded
    finally:
        sys.modules.pop("interrupted_module", None)


def handler_name():
    """The name of the function that gets interrupts."""
    return signal.getsignal(signal.SIGINT).__name__


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_child_process_is_only_in_the_blocks_of_the_thread_that_forks():
    """An interrupt acts at once in a child process unless the thread that made it by fork is in a block itself."""
    with ThreadPoolExecutor(1) as pool, defer_interrupts():
        assert pool.submit(in_child, handler_name).result() == signal.default_int_handler.__name__
        assert in_child(handler_name) == handler_name()


def calls_in_event_loop():
    """What happens in a coroutine that gets three interrupts, one of them postponed."""
    calls, handler = [], lambda *_: calls.append("cancelled")

    async def work():
        signal.signal(signal.SIGINT, handler)
        with raise_interrupts():
            with pytest.raises(KeyboardInterrupt):
                press_stop()
            with defer_interrupts() as interrupts, raise_interrupts():
                press_stop()
                calls.append("postponed")
                with pytest.raises(KeyboardInterrupt):
                    interrupts.deliver()
        calls.append("restored" if signal.getsignal(signal.SIGINT) is handler else "replaced")

    asyncio.run(work())
    return calls


def calls_without_event_loop():
    """What happens on an interrupt outside of coroutines."""
    calls = []
    signal.signal(signal.SIGINT, lambda *_: calls.append("handled"))
    with raise_interrupts():
        press_stop()
    return calls


# In children, since tests of this process may have left a running event loop.


def test_an_interrupt_raises_in_an_event_loop_whose_handler_only_cancels_a_task():
    """In a coroutine the loop's handler is called and KeyboardInterrupt raised, at once or when a block delivers it."""
    assert in_child(calls_in_event_loop) == ["cancelled", "postponed", "cancelled", "restored"]


def test_without_an_event_loop_a_handler_decides_whether_an_interrupt_raises():
    """Outside of coroutines `raise_interrupts` changes nothing."""
    assert in_child(calls_without_event_loop) == ["handled"]
