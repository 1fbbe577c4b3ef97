"""Row 5: how many requests it takes; a number, so one run tells it."""

from collections.abc import Iterator

from tests.benchmarks.bench import Bench
from tests.benchmarks.table import Line

BEYOND_HISTORIES = 12  # issues, who asks, dictionaries


def everything(bench: Bench) -> Iterator[Line]:
    """Issues with names of statuses, logins of assignees and histories: dictionaries are asked once."""
    service = bench.service(bench.size(1000), prepared=False)
    ours = service.run("ours", "everything", cold=True)
    theirs = service.run("theirs", "everything", per_page=1000, cold=True)
    yield Line(
        5,
        f"{ours['rows']:,} issues with {ours['names']:,} names, {ours['logins']:,} logins, histories",
        f"{ours['changes']:,} changes",
        f"{theirs['requests']:,} requests",
        ours["requests"],
        service.issues + BEYOND_HISTORIES,
        "requests",
        requests=ours["requests"],
        throttled=ours["throttled"],
    )
