"""The tasks as tracker_magic does them, by its public names."""

from typing import Any

from tracker_magic import Tracker

MB = 2**20

LANES: str | None = None
"""The argument of `Tracker` that says how many pages may be in flight; None: there is none."""


class Client:
    """Tracker, asked by `job`: query, rates, lanes; `cold` asks nothing before it is measured."""

    def __init__(self, job: dict[str, Any]) -> None:
        names = job["service"]
        lanes = {LANES: job["lanes"]} if LANES and "lanes" in job else {}
        self.job = job
        self.tracker = Tracker(
            token=names["TRACKER_TOKEN"],
            org_id=names["TRACKER_ORG_ID"],
            base_url=names["TRACKER_API_BASE_URL"],
            search_rps=job.get("search_rps"),
            other_rps=job.get("other_rps"),
            **lanes,
        )
        self.keys: list[str] = []

    def warm_up(self) -> None:
        """What a session has behind it: one small question; for histories the issues themselves."""
        if self.job.get("cold"):
            return
        first = self.tracker.issues(self.job["query"], limit=self.job.get("issues", 1))
        self.keys = first["key"].tolist()

    def fetch(self) -> dict[str, Any]:
        """All issues of the query as a typed frame."""
        frame = self.tracker.issues(self.job["query"])
        return {"rows": len(frame), "columns": len(frame.columns)}

    def weigh(self) -> dict[str, Any]:
        """The same, and what the frame itself holds."""
        frame = self.tracker.issues(self.job["query"])
        return {"rows": len(frame), "frame_mb": float(frame.memory_usage(deep=True).sum()) / MB}

    def history(self) -> dict[str, Any]:
        """The history of the issues that were asked for before."""
        frame = self.tracker.changelog(self.keys)
        return {"rows": frame["key"].nunique(), "changes": len(frame)}

    def everything(self) -> dict[str, Any]:
        """Issues with the names of their statuses, the logins of their assignees, and their history."""
        frame = self.tracker.issues(self.job["query"], fields=["+assignee.login"])
        changes = self.tracker.changelog(frame)
        logins, names = frame["assignee.login"].notna().sum(), frame["status"].notna().sum()
        return {"rows": len(frame), "logins": int(logins), "names": int(names), "changes": len(changes)}
