"""Draws the login form of the README in JupyterLab and Chromium: `python tests/draw_login.py [FILE.png]`."""

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import ARGUMENTS, CHROMIUM, Lab, Person, Sheet  # noqa: E402 - this checkout's
from tracker_magic.demo import start  # noqa: E402

PICTURE = ROOT / "notebooks" / "login.png"
WIDTH, GAP, WHITE = 494, 18, "white"
NOTEBOOK = "login.ipynb"
# A reader will see the pages of the service, and not those of the embedded Tracker.
SHOW_SERVICE = """links => links.forEach(link => {
  const path = new URL(link.href).pathname;
  link.textContent = (path === '/device' ? 'https://ya.ru' : 'tracker.yandex.ru') + path;
})"""


@contextmanager
def jupyterlab(folder: Path, browser: Browser) -> Iterator[tuple[Lab, Page]]:
    """JupyterLab whose kernels know an app and an organisation, but no token; and a page that shows it."""
    with start(issues=20) as demo:
        lab = Lab(folder, {name: value for name, value in demo.names.items() if name != "TRACKER_TOKEN"})
        try:
            lab.ready()
            page = browser.new_page(viewport={"width": 1000, "height": 1400})
            page.goto(f"{lab.url}/lab?token={lab.token}")
            page.wait_for_function("() => window.jupyterapp?.commands?.hasCommand('docmanager:open')")
            page.evaluate("() => jupyterapp.restored")
            page.add_style_tag(content=f".tm-login, .tm-card {{ box-sizing: border-box; width: {WIDTH}px }}")
            yield lab, page
        finally:
            lab.close()


def as_drawn(part: Locator) -> Image.Image:
    """A part of a page as it is drawn, with links to the service."""
    part.locator("a:visible").evaluate_all(SHOW_SERVICE)
    return Image.open(io.BytesIO(part.screenshot(animations="disabled")))


def steps(browser: Browser, folder: Path) -> list[Image.Image]:
    """The form as it opens, with a code to enter, and what takes its place after the login."""
    with jupyterlab(folder, browser) as (lab, page):
        lab.write(NOTEBOOK, "%load_ext tracker_magic", "%tracker login")
        sheet = Sheet(page, lab, NOTEBOOK)
        sheet.run()
        first = as_drawn(sheet.form)
        sheet.click("Continue")
        code, address = sheet.wait_for_code().inner_text(), sheet.href()
        second = as_drawn(sheet.form)
        Person(browser.new_page()).enter_code(address, code)
        sheet.wait_for_login()
        return [first, second, as_drawn(sheet.card)]


def draw() -> bytes:
    """The PNG with the three steps: the first on the left, the others on the right."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as runner:
        browser = runner.chromium.launch(executable_path=CHROMIUM or "chromium", args=ARGUMENTS)
        left, *right = steps(browser, Path(folder))
        browser.close()
    height = max(left.height, sum(each.height for each in right) + GAP * (len(right) - 1))
    sheet = Image.new("RGB", (2 * WIDTH + 3 * GAP, height + 2 * GAP), WHITE)
    sheet.paste(left, (GAP, GAP))
    top = GAP
    for each in right:
        sheet.paste(each, (WIDTH + 2 * GAP, top))
        top += each.height + GAP
    out = io.BytesIO()
    sheet.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else PICTURE).write_bytes(draw())
