"""What is kept of a call that is stopped, apart from any service."""

import pytest

from tracker_magic import errors
from tracker_magic.api import Operation
from tracker_magic.frames import IssueBuilder
from tracker_magic.tracker.criteria import BUILT_IN
from tracker_magic.tracker.sinks import Intake, Kept, stoppable


@pytest.mark.parametrize(
    ("error", "said"), [(KeyboardInterrupt(), "stopped at 3"), (ValueError(), r"stopped at 3.*ValueError")]
)
def test_rows_that_cannot_be_put_together_are_still_cancelled(error, said):
    """Stop pressed again and again, or a frame that fails: Cancelled without rows, and nothing else."""

    def work(kept):
        def frame():
            raise error

        kept.said, kept.frame = lambda: "stopped at 3", frame
        raise KeyboardInterrupt

    with pytest.raises(errors.Cancelled, match=said) as caught:
        stoppable(work)
    assert caught.value.partial is None
    assert caught.value.__context__ is None


def test_nothing_is_added_while_a_frame_is_made():
    """A page of a thread that outlived its call is left out, whole, and later ones too."""
    builder = IssueBuilder(BUILT_IN.select(["summary"]), "UTC")
    rows = Intake(lambda: builder, Operation(), Kept())
    add = rows.begin()
    add([[{"id": "1", "key": "A-1", "summary": "one"}]])
    frame = rows.frame()
    add([[{"id": "2", "key": "A-2", "summary": "two"}]])
    assert rows.frame() is frame
    assert frame["key"].tolist() == ["A-1"]
    assert len(builder) == 1
