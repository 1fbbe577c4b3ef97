"""The form and tables in a real JupyterLab are readable in both themes, also in a narrow window."""

import pytest

THEMES = ("JupyterLab Light", "JupyterLab Dark")
# WCAG 2: the ratio of two colours' luminances; 4.5 is enough for text of this size.
CONTRAST = """form => {
  const channels = text => text.match(/[\\d.]+/g).map(Number);
  const light = c => c.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const found = channels(getComputedStyle(node).backgroundColor);
      if (found[3] !== 0) return found;
    }
    return [255, 255, 255];
  };
  const seen = [...form.querySelectorAll('*')].filter(node => node.offsetParent && node.tagName !== 'STYLE'
    && [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim()));
  return seen.map(node => {
    const [a, b] = [light(channels(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
    return [node.textContent.trim().slice(0, 40), (a + .05) / (b + .05)];
  });
}"""


@pytest.fixture
def themed(sheet):
    """A form; JupyterLab's light theme is restored afterwards."""
    yield sheet
    sheet.do("apputils:change-theme", {"theme": THEMES[0]})
    sheet.page.set_viewport_size({"width": 1000, "height": 900})


def pale_texts(sheet, name: str, folder, part=None):
    """The texts of the form, or of another part, with too little contrast in a theme; screenshots are in `folder`."""
    pale, part = [], part or sheet.form
    for theme in THEMES:
        sheet.do("apputils:change-theme", {"theme": theme})
        sheet.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=theme)
        sheet.page.wait_for_timeout(300)
        sheet.page.set_viewport_size({"width": 1000, "height": 1400})
        part.screenshot(path=folder / f"{name}-{theme.split()[1].lower()}.png")
        pale += [(theme, name, *each) for each in part.evaluate(CONTRAST) if each[1] < 4.5]
    return pale


def test_the_form_is_readable_in_both_themes(themed, person, tmp_path):
    """Every text of every step has enough contrast to its background."""
    pale = pale_texts(themed, "setup", tmp_path)
    themed.click("Continue")
    themed.wait_for_code()
    pale += pale_texts(themed, "device", tmp_path)
    themed.click("Back")
    themed.choose("Paste a confirmation code")
    themed.click("Continue")
    themed.click("Log in")
    themed.wait_for_alert()
    pale += pale_texts(themed, "paste", tmp_path)
    field = themed.field("The code, or the whole address of the page")
    field.fill(person.copy_secret(themed.href()))
    field.press("Enter")
    themed.wait_for_login()
    pale += pale_texts(themed, "done", tmp_path, themed.card)
    assert pale == []


def test_the_form_fits_into_a_narrow_column(themed, tmp_path):
    """Nothing sticks out of the form in a narrow window."""
    themed.page.set_viewport_size({"width": 620, "height": 900})
    themed.page.wait_for_timeout(300)
    themed.form.screenshot(path=tmp_path / "narrow.png")
    out = """form => [...form.querySelectorAll('*')].filter(node => node.offsetParent
      && node.getBoundingClientRect().right > form.getBoundingClientRect().right + 1).map(node => node.className)"""
    assert themed.form.evaluate(out) == []


@pytest.mark.cells("%tracker demo", "%tracker Queue: DEV", "%tracker DEV-1 --columns +description")
def test_tables_are_readable_in_both_themes(themed, tmp_path):
    """Every text of a table and of a single issue has enough contrast; summaries are left-aligned, keys on one line."""
    table, issue = themed.page.locator(".tm-view").all()
    themed.page.mouse.move(0, 0)  # the translucent colour of a row under the mouse would count as opaque
    assert pale_texts(themed, "table", tmp_path, table) + pale_texts(themed, "issue", tmp_path, issue) == []
    themed.page.set_viewport_size({"width": 620, "height": 900})
    themed.page.wait_for_timeout(300)
    assert set(table.locator("td a").evaluate_all("links => links.map(link => link.getClientRects().length)")) == {1}
    wide = table.locator("td.tm-wide").first
    assert wide.evaluate("cell => getComputedStyle(cell).textAlign") == "left"
    assert wide.evaluate("cell => cell.offsetWidth") > 150
