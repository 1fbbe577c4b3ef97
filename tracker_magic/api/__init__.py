"""A question in, JSON records out: requests, paging, limits and retries."""

from tracker_magic.api.call import Call, Progress
from tracker_magic.api.client import Answer, Client
from tracker_magic.api.criteria import Criteria
from tracker_magic.api.fetch import fetch_alone, fetch_issues
from tracker_magic.api.search import Collected, Found, Search
from tracker_magic.api.sub import fetch_each

__all__ = [
    "Answer",
    "Call",
    "Client",
    "Collected",
    "Criteria",
    "Found",
    "Progress",
    "Search",
    "fetch_alone",
    "fetch_each",
    "fetch_issues",
]
