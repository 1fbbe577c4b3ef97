"""A request in, JSON records out: requests, pagination, rate limits and retries."""

from tracker_magic.api.client import Client
from tracker_magic.api.criteria import Criteria
from tracker_magic.api.execution import Operation, PartialResult, Progress
from tracker_magic.api.protocol import Answer, Records, Request
from tracker_magic.api.results import ListSink, ResultSet
from tracker_magic.api.scroll import Search
from tracker_magic.api.search import fetch_in_order, fetch_issues, prefetch

__all__ = [
    "Answer",
    "Client",
    "Criteria",
    "ListSink",
    "Operation",
    "PartialResult",
    "Progress",
    "Records",
    "Request",
    "ResultSet",
    "Search",
    "fetch_in_order",
    "fetch_issues",
    "prefetch",
]
