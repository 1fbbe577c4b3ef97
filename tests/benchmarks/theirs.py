"""The tasks as the official client does them, used as well as it can be.

Only the fields of the frame travel, pages are as large as `per_page` says, and no reference is looked up that the
record itself shows. References stay plain dicts: untyped columns, less work than a typed frame.
"""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import pandas as pd
from yandex_tracker_client import TrackerClient


class Client:
    """TrackerClient, asked by `job`: query, fields, per_page, threads, and what else it takes (`client`)."""

    def __init__(self, job: dict[str, Any]) -> None:
        names = job["service"]
        self.job = job
        logging.getLogger("yandex_tracker_client").addHandler(logging.NullHandler())  # each 429 would be three lines
        self.client = TrackerClient(
            token=names["TRACKER_TOKEN"],
            org_id=names["TRACKER_ORG_ID"],
            base_url=names["TRACKER_API_BASE_URL"],
            **job.get("client", {}),
        )
        self.first: list[Any] = []

    def warm_up(self) -> None:
        """One small question; for histories the issues themselves."""
        if self.job.get("cold"):
            return
        found = iter(self.client.issues.find(self.job["query"], per_page=self.job.get("issues", 1), fields="key"))
        self.first = [next(found) for _ in range(self.job.get("issues", 1))]

    def fetch(self) -> dict[str, Any]:
        """Issues of the query as a frame; how many came before it failed, where it fails."""
        records = []
        try:
            for issue in self._issues():
                records.append(issue.as_dict())  # noqa: PERF401 - what came is told where it fails
        except Exception as error:  # noqa: BLE001 - how it fails is what is shown
            return {"rows": len(records), "error": type(error).__name__}
        frame = pd.DataFrame(records)
        return {"rows": len(frame), "columns": len(frame.columns)}

    def _issues(self) -> Iterator[Any]:
        """One page after the other, as the client does; with `threads` side by side, as a skilled user may."""
        job = self.job
        found = self.client.issues.find(job["query"], per_page=job["per_page"], fields=job["fields"])
        if isinstance(found, list) or not job.get("threads"):
            yield from found
            return
        yield from islice(found, job["per_page"])
        with ThreadPoolExecutor(job["threads"]) as pool:
            for page in pool.map(found.get_page, range(2, found.pages_count + 1)):
                yield from page

    def history(self) -> dict[str, Any]:
        """The history of the issues that were asked for before."""
        entries = [[entry.as_dict() for entry in issue.changelog.get_all(perPage=100)] for issue in self.first]
        return {"rows": len(entries), "changes": sum(map(len, entries))}

    def everything(self) -> dict[str, Any]:
        """Issues with the names of their statuses, the logins of their assignees, and their history."""
        rows = [
            (
                issue.status.name,
                issue.assignee.login if issue.assignee else None,
                [entry.as_dict() for entry in issue.changelog.get_all(perPage=100)],
            )
            for issue in self.client.issues.find(self.job["query"], per_page=self.job["per_page"])
        ]
        return {"rows": len(rows), "changes": sum(len(entries) for *_, entries in rows)}
