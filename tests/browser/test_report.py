"""The page of a report in a real browser: nothing beside it is loaded, and a phone, dark screens and paper show it."""

import pytest

from tracker_magic import Tracker

PHONE = {"width": 375, "height": 700}
SHOWN = "selector => [...document.querySelectorAll(selector)].filter(each => each.checkVisibility()).length"
COLOURS = """() => {
    const text = document.querySelector("svg text");
    return [getComputedStyle(document.body).backgroundColor, getComputedStyle(text).fill];
}"""


@pytest.fixture(scope="module")
def address(demo, tmp_path_factory):
    """The address of a report about a queue of the demo."""
    names = demo.names
    path = tmp_path_factory.mktemp("report") / "report.html"
    with Tracker(
        token=names["TRACKER_TOKEN"],
        org_id=names["TRACKER_ORG_ID"],
        base_url=names["TRACKER_API_BASE_URL"],
        search_rps=None,
        other_rps=None,
    ) as tracker:
        return tracker.report("Queue: DEV", path, board=1).as_uri()


@pytest.fixture
def page(chromium, address):
    """The report on a phone."""
    context = chromium.new_context(viewport=PHONE)
    opened = context.new_page()
    opened.goto(address)
    yield opened
    context.close()


def test_a_phone_shows_the_whole_page(page):
    """The page is as wide as a phone, and so are the pictures; a wider window shows the wide ones."""
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate(SHOWN, ".narrow svg") >= 3
    assert page.evaluate(SHOWN, ".wide svg") == 0
    page.set_viewport_size({"width": 1000, "height": 700})
    assert page.evaluate(SHOWN, ".wide svg") >= 5
    assert page.evaluate(SHOWN, ".narrow svg") == 0


def test_dark_screens_and_paper_have_their_colours(page):
    """Pictures follow the page: light text on dark paper, and dark text on white when it is printed."""
    light = page.evaluate(COLOURS)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(COLOURS)
    assert light[0] == "rgb(255, 255, 255)"
    assert dark[0] != light[0]
    assert dark[1] != light[1]
    page.emulate_media(color_scheme="dark", media="print")
    assert page.evaluate(COLOURS) == light
    assert page.evaluate(SHOWN, ".wide svg") >= 5


def test_nothing_beside_the_file_is_loaded(chromium, address):
    """Opening the page sends one request: for itself."""
    context = chromium.new_context()
    opened = context.new_page()
    requested = []
    opened.on("request", lambda request: requested.append(request.url))
    opened.goto(address)
    assert requested == [address]
    context.close()
