"""Charts in a real JupyterLab: the picture, the issue under the mouse and the link, also in a notebook not trusted."""

import json

import pytest

from tests.browser.conftest import Sheet

MADE = "import tests.charts.results as results; from tracker_magic import charts; import numpy as np"
DRAWN = "charts.cycle_time(results.items(1 + np.arange(40) % 9))"
MANY = "charts.cycle_time(results.items(np.exp(np.random.default_rng(0).normal(1, 2, 50_000))))"
PICTURE = ".jp-OutputArea-output img[usemap]:visible"
# What is under the mouse in the middle of the first area of the picture.
UNDER_THE_MOUSE = """picture => {
  picture.scrollIntoView({block: 'center'});
  const map = picture.getRootNode().querySelector(`map[name="${picture.useMap.slice(1)}"]`);
  const [x, y] = map.areas[0].coords.split(',').map(Number);
  const box = picture.getBoundingClientRect();
  const found = document.elementFromPoint(box.left + x, box.top + y);
  return [found.tagName, found.title, found.href, map.areas.length];
}"""


def look_at(sheet, folder, name):
    """What the pictures of a notebook are and show under the mouse; a screenshot is in `folder`."""
    pictures = sheet.page.locator(PICTURE)
    pictures.nth(1).wait_for()
    sheet.page.screenshot(path=folder / f"{name}.png", full_page=True)
    sizes = pictures.evaluate_all("each => each.map(one => [one.complete, one.naturalWidth > 0, one.offsetWidth])")
    return sizes, [pictures.nth(number).evaluate(UNDER_THE_MOUSE) for number in range(2)]


@pytest.mark.cells(MADE, DRAWN, MANY)
def test_a_chart_shows_which_issue_a_point_is(sheet, lab, tmp_path):
    """The area of a point is under the mouse, with the issue's key and address; also when nobody trusts the file."""
    first = look_at(sheet, tmp_path, "trusted")
    assert first[0] == [[True, True, 760]] * 2
    tag, title, link, count = first[1][0]
    assert (tag, title.partition(" ")[0], link, count) == ("AREA", "DEV-9", "https://tracker.example/DEV-9", 40)
    changed = json.loads(sheet.save())
    changed["metadata"]["changed"] = True  # or its signature would still be known
    (lab.work / "copied.ipynb").write_text(json.dumps(changed), encoding="utf-8")
    copied = Sheet(sheet.page, lab, "copied.ipynb")
    try:
        assert sheet.page.evaluate("() => jupyterapp.shell.currentWidget.content.model.cells.get(2).trusted") is False
        sheet.do("apputils:change-theme", {"theme": "JupyterLab Dark"})
        sheet.page.locator("#jupyterlab-splash").wait_for(state="detached")
        assert look_at(copied, tmp_path, "copied-dark") == first
    finally:
        sheet.do("apputils:change-theme", {"theme": "JupyterLab Light"})
        sheet.page.evaluate("() => jupyterapp.shell.currentWidget.dispose() && null")
        sheet.do("docmanager:open", {"path": sheet.path.name})
