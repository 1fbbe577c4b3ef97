"""The export of tracker-exporter: search, transformation and metrics of every issue of a queue."""

import os
from functools import partial

from calls import FACTS, check, run

os.environ |= {
    "EXPORTER_TRACKER__TOKEN": FACTS["token"],
    "EXPORTER_TRACKER__ORG_ID": FACTS["org_id"],
    "EXPORTER_CLICKHOUSE__ENABLE_UPLOAD": "false",
    "EXPORTER_CHANGELOG_EXPORT_ENABLED": "true",
}

from tracker_exporter.models.issue import TrackerIssue
from tracker_exporter.services import tracker as service

service.TrackerClient = partial(service.TrackerClient, base_url=FACTS["url"])  # it has no setting for the address
client = service.YandexTrackerClient()
search = {"query": f'Queue: {FACTS["queue"]} "Sort by": Updated ASC', "filter": {}, "order": ["updated"]}
found = run("search", lambda: list(client.search_issues(**search))) or []
run("only the queue", lambda: check({issue.queue.key for issue in found} == {FACTS["queue"]}))
run("every issue", lambda: check(len(found) == FACTS["queue_size"]))
issues = run("transform", lambda: [TrackerIssue(issue) for issue in found]) or []
metrics = run("metrics", lambda: [metric for issue in issues for metric in issue.metrics()]) or []
run("time in statuses", lambda: check(len(metrics) > 0))
run("comments", lambda: list(client.get_comments(FACTS["issue"])))
