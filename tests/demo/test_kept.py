"""A service whose world stands still keeps what it found and rendered: the answers are the same."""

from typing import Any

import pytest

PAGE, SCROLL = "/issues/_search?perPage=50&page=2", "/issues/_search?scrollType=unsorted&perScroll=50"


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}&fields=summary,status", f"{PAGE}&expand=links", SCROLL])
@pytest.mark.parametrize("lang", ["ru", "en"])
def test_kept_answers_are_those_that_would_be_rendered(serve: Any, client_of: Any, path: str, lang: str):
    """The first answer and those out of what is kept equal the one that is rendered anew, whoever asked before."""
    demo = serve()
    ask = client_of(demo)
    body, headers = {"query": "Queue: DEV"}, {"Accept-Language": lang}
    wanted = ask(path, body, headers=headers).json()
    assert len(wanted) == 50
    demo.service.enable_cache()
    ask(path, body, headers={"Accept-Language": "en" if lang == "ru" else "ru"})
    ask(path.replace("summary", "type"), body, headers=headers)
    for _ in range(2):
        assert ask(path, body, headers=headers).json() == wanted
    assert ask("/issues/_count", body).json() == 120
    assert ask("/issues/_count", {"query": "Queue: OPS"}).json() == 3
