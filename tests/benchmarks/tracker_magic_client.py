"""The tasks with tracker_magic, by its public names."""

from typing import Any

from tracker_magic import Tracker

MB = 2**20


class Client:
    """A Tracker with the job's query and rate limits; a `cold` one sends no request before it is measured."""

    def __init__(self, job: dict[str, Any]) -> None:
        names = job["service"]
        self.job = job
        self.tracker = Tracker(
            token=names["TRACKER_TOKEN"],
            org_id=names["TRACKER_ORG_ID"],
            base_url=names["TRACKER_API_BASE_URL"],
            search_rps=job.get("search_rps"),
            other_rps=job.get("other_rps"),
        )
        self.keys: list[str] = []

    def warm_up(self) -> None:
        """Send one small request, or for changelogs fetch the issues."""
        if self.job.get("cold"):
            return
        frame = self.tracker.issues(self.job["query"], limit=self.job.get("issues", 1))
        self.keys = frame["key"].tolist()

    def fetch(self) -> dict[str, Any]:
        """Fetch all issues of the query as a typed frame."""
        frame = self.tracker.issues(self.job["query"])
        return {"rows": len(frame), "columns": len(frame.columns)}

    def fetch_and_measure(self) -> dict[str, Any]:
        """Fetch all issues and measure the memory of the frame; a `sort` makes the search a single scroll."""
        order = ' "Sort By": Created ASC' if self.job.get("sort") else ""
        frame = self.tracker.issues(self.job["query"] + order)
        return {"rows": len(frame), "frame_mb": float(frame.memory_usage(deep=True).sum()) / MB}

    def fetch_changelogs(self) -> dict[str, Any]:
        """Fetch the changelogs of the issues from the warm-up."""
        frame = self.tracker.changelog(self.keys)
        return {"rows": frame["key"].nunique(), "changes": len(frame)}

    def fetch_everything(self) -> dict[str, Any]:
        """Fetch issues with the names of their statuses, the logins of their assignees, and their changelogs."""
        frame = self.tracker.issues(self.job["query"], fields=["+assignee.login"])
        changes = self.tracker.changelog(frame)
        logins, names = frame["assignee.login"].notna().sum(), frame["status"].notna().sum()
        return {"rows": len(frame), "logins": int(logins), "names": int(names), "changes": len(changes)}
