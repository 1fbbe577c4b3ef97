"""A call under way: what an interrupt becomes while it waits."""

import pytest

from tracker_magic.api import Operation
from tracker_magic.api.execution import Clock
from tracker_magic.errors import Cancelled


class Interrupted(Clock):
    """A clock in whose wait somebody presses stop."""

    def wait(self, stop, seconds):  # noqa: ARG002 - the base class's signature
        """The interrupt as Python raises it."""
        raise KeyboardInterrupt


def test_an_interrupt_while_it_waits_is_cancelled():
    """In line, between two tries, after a 429: Cancelled, as on the wire, from every method."""
    with pytest.raises(Cancelled):
        Operation(clock=Interrupted()).wait(60, told="server limit")
