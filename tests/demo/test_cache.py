"""The cache of a service whose world does not change."""

from typing import Any

import pytest

PAGE, SCROLL = "/issues/_search?perPage=50&page=2", "/issues/_search?scrollType=unsorted&perScroll=50"


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}&fields=summary,status", f"{PAGE}&expand=links", SCROLL])
@pytest.mark.parametrize("lang", ["ru", "en"])
def test_cached_responses_equal_rendered_ones(serve: Any, client_of: Any, path: str, lang: str):
    """Responses from the cache equal those without it, whatever was cached before them."""
    demo = serve()
    api = client_of(demo)
    body, headers = {"query": "Queue: DEV"}, {"Accept-Language": lang}
    expected = api(path, body, headers=headers).json()
    assert len(expected) == 50
    demo.service.enable_cache()
    api(path, body, headers={"Accept-Language": "en" if lang == "ru" else "ru"})
    api(path.replace("summary", "type"), body, headers=headers)
    for _ in range(2):
        assert api(path, body, headers=headers).json() == expected
    assert api("/issues/_count", body).json() == 120
    assert api("/issues/_count", {"query": "Queue: OPS"}).json() == 3
