"""A question in, JSON records out: requests, paging, limits and retries."""

from tracker_magic.api.client import Answer, Client
from tracker_magic.api.criteria import Criteria
from tracker_magic.api.execution import Operation, Progress
from tracker_magic.api.fetch import fetch_alone, fetch_issues
from tracker_magic.api.issue_lists import fetch_each
from tracker_magic.api.search import Collected, Found, Search

__all__ = [
    "Answer",
    "Client",
    "Collected",
    "Criteria",
    "Found",
    "Operation",
    "Progress",
    "Search",
    "fetch_alone",
    "fetch_each",
    "fetch_issues",
]
