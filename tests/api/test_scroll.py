"""What counts as the issues of an answer."""

import pytest

from tracker_magic.api.endpoints import PageSizes
from tracker_magic.api.scroll import records_of
from tracker_magic.errors import UnexpectedReply

UNDATED = [{"id": "1", "key": "DEV-1"}]
DATED = [{**UNDATED[0], "createdAt": "2026-11-01T12:00:00.000+0000"}]


def test_issues_without_a_time_are_believed_of_who_says_so_again_and_again():
    """One page of such is a flaw, which another one ends; five in a row are how this service is."""
    sizes = PageSizes()
    for pages in (3, 4):
        for _ in range(pages):
            with pytest.raises(UnexpectedReply):
                records_of(UNDATED, sizes)
        assert records_of(DATED if pages == 3 else UNDATED, sizes)
    assert records_of(UNDATED, sizes) == UNDATED


@pytest.mark.parametrize("record", [{"key": "DEV-1"}, {"id": 1, "key": "DEV-1"}, {"id": "1"}, 17, None])
def test_half_an_issue_is_none(record):
    """However often it comes."""
    sizes = PageSizes()
    for _ in range(10):
        with pytest.raises(UnexpectedReply):
            records_of([record], sizes)
