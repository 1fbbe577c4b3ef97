"""The tasks with the official client, used as well as possible.

It requests only the fields of our frame, in pages of `per_page` issues, and follows no reference that is complete in
the record. References stay plain dicts in untyped columns, which is less work than a typed frame.
"""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import pandas as pd
from yandex_tracker_client import TrackerClient


class Client:
    """A TrackerClient with the job's `client_options`, for its query, fields, per_page and threads."""

    def __init__(self, job: dict[str, Any]) -> None:
        names = job["service"]
        self.job = job
        logging.getLogger("yandex_tracker_client").addHandler(
            logging.NullHandler()
        )  # would log three lines for each 429
        self.client = TrackerClient(
            token=names["TRACKER_TOKEN"],
            org_id=names["TRACKER_ORG_ID"],
            base_url=names["TRACKER_API_BASE_URL"],
            **job.get("client_options", {}),
        )
        self.issues: list[Any] = []

    def warm_up(self) -> None:
        """Send one small request, or for changelogs fetch the issues."""
        if self.job.get("cold"):
            return
        count = self.job.get("issues", 1)
        self.issues = list(islice(self.client.issues.find(self.job["query"], per_page=count, fields="key"), count))

    def fetch(self) -> dict[str, Any]:
        """Fetch all issues of the query as a frame; after a failure, report the rows received before it."""
        records = []
        try:
            for issue in self._fetch_issues():
                records.append(issue.as_dict())  # noqa: PERF401 - a failure must not lose the records before it
        except Exception as error:  # noqa: BLE001 - the table shows any failure
            return {"rows": len(records), "error": type(error).__name__}
        frame = pd.DataFrame(records)
        return {"rows": len(frame), "columns": len(frame.columns)}

    def _fetch_issues(self) -> Iterator[Any]:
        """Fetch page by page, as the client does, or with `threads` in parallel, as an experienced user may."""
        job = self.job
        pages = self.client.issues.find(job["query"], per_page=job["per_page"], fields=job["fields"])
        if isinstance(pages, list) or not job.get("threads"):
            yield from pages
            return
        yield from islice(pages, job["per_page"])
        with ThreadPoolExecutor(job["threads"]) as pool:
            for page in pool.map(pages.get_page, range(2, pages.pages_count + 1)):
                yield from page

    def fetch_changelogs(self) -> dict[str, Any]:
        """Fetch the changelogs of the issues from the warm-up."""
        entries = [[entry.as_dict() for entry in issue.changelog.get_all(perPage=100)] for issue in self.issues]
        return {"rows": len(entries), "changes": sum(map(len, entries))}

    def fetch_everything(self) -> dict[str, Any]:
        """Fetch issues with the names of their statuses, the logins of their assignees, and their changelogs."""
        rows = [
            (
                issue.status.name,
                issue.assignee.login if issue.assignee else None,
                [entry.as_dict() for entry in issue.changelog.get_all(perPage=100)],
            )
            for issue in self.client.issues.find(self.job["query"], per_page=self.job["per_page"])
        ]
        return {"rows": len(rows), "changes": sum(len(entries) for *_, entries in rows)}
