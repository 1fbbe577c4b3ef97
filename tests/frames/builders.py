"""Whole frames of records that a test has at hand; the builders themselves take them page by page, issue by issue."""

from itertools import groupby
from operator import itemgetter

from tracker_magic.frames import ChangelogBuilder, IssueBuilder


def build_issues(records, selection, tz="UTC", logins=None):
    """The frame of these issues."""
    builder = IssueBuilder(selection, tz, logins)
    with builder.page() as page:
        page.add(records)
    return builder.frame()


def build_changelog(entries, tz="UTC", *, schema=None):
    """The frame of these entries, pairs of the present key of an issue and an entry; none is kept."""
    builder = ChangelogBuilder(tz, schema)
    for key, group in groupby(entries, itemgetter(0)):
        builder.add(key, [entry for _, entry in group])
    return builder.frame()
