"""The JSON decoder alone, with the pages that a fetch receives."""

import time
from typing import Any

import orjson
import requests

REPEATS = 5


class Client:
    """Decodes the pages of the job's query, with the fields of our frame."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.pages: list[bytes] = []

    def warm_up(self) -> None:
        """Fetch the pages with a scroll."""
        names = self.job["service"]
        headers = {"Authorization": f"OAuth {names['TRACKER_TOKEN']}", "X-Org-ID": names["TRACKER_ORG_ID"]}
        url, fields = f"{names['TRACKER_API_BASE_URL']}/v3/issues/_search", {"fields": self.job["fields"]}
        scroll: dict[str, Any] = {"scrollType": "unsorted", "perScroll": 1000}
        with requests.Session() as session:
            while scroll:
                body, params = {"query": self.job["query"]}, {**fields, **scroll}
                response = session.post(url, params=params, json=body, headers=headers, timeout=60)
                response.raise_for_status()
                self.pages.append(response.content)
                scroll_id = response.headers.get("X-Scroll-Id")
                scroll = {"scrollId": scroll_id} if scroll_id else {}

    def decode(self) -> dict[str, Any]:
        """Measure the CPU seconds of decoding all pages, as the median of some repeats."""
        seconds = []
        for _ in range(REPEATS):
            start, rows = time.process_time(), 0
            for page in self.pages:
                rows += len(orjson.loads(page))
            seconds.append(time.process_time() - start)
        return {"rows": rows, "cpu_s": sorted(seconds)[REPEATS // 2], "bytes": sum(map(len, self.pages))}
