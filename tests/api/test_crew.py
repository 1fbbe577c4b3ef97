"""The threads of one call: what an error ends, and what it lets end by itself."""

import pytest

from tracker_magic.api import Call
from tracker_magic.api.crew import side_by_side
from tracker_magic.errors import NotFound
from tracker_magic.stop import Exchange

MANY = 40  # more than a crew's threads: most of them wait for their turn


def refuse_the_first(number):
    """Work of which the first fails."""
    if number == 0:
        raise NotFound("nothing here")
    return number


def test_what_has_not_begun_is_not_waited_for():
    """After an error nothing else begins; whoever ends by himself is not broken off, however much is left to do."""
    call = Call()
    with Exchange(call.stop, 60.0) as under_way:
        with pytest.raises(NotFound):
            list(side_by_side(refuse_the_first, range(MANY), call))
        assert not under_way.stopped
    assert call.stop.is_set()
