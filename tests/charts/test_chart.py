"""What every chart is: a small picture with texts and areas, that needs no network, browser or global state."""

import io
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from PIL import Image

from tests.charts import results
from tests.charts.drawn import LONG, NAMES, everything
from tracker_magic import charts
from tracker_magic.errors import BadOption, WrongFrame
from tracker_magic.layout import WIDTH

COUNTS = (0, 1, 40)


class Tags(HTMLParser):
    """The tags of a text, with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Keep a tag."""
        self.found.append((tag, dict(attrs)))


def shown(chart):
    """What a notebook is given to show."""
    return chart._repr_mimebundle_()


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", NAMES)
def test_no_text_sticks_out_of_the_picture(name, count):
    """Title, labels, legend and definition are inside of the picture, also with long names, one row and none."""
    chart = everything(count)[name]()
    chart.figure.draw_without_rendering()
    page = chart.figure.bbox
    boxes = {text.get_text(): text.get_window_extent() for text in chart.figure.texts}
    boxes |= {axes.get_ylabel(): axes.get_tightbbox() for axes in chart.figure.axes}
    outside = {
        what: box.extents for what, box in boxes.items() if not (page.containsx(box.x0) and page.containsx(box.x1 - 1))
    }
    assert outside == {}
    assert results.DEFINITION in " ".join(chart.texts)


def test_a_long_definition_is_wrapped():
    """Lines end before the edge of the picture, also if the letters are wide; no word is lost."""
    frame = results.items([4, 5])
    for word in ("days", "Щёлочь", "WWWW"):
        frame.attrs["definition"] = f"{word} " * 80
        chart = charts.cycle_time(frame)
        chart.figure.draw_without_rendering()
        lines = [text for text in chart.figure.texts if text.get_text().startswith(f"{word} {word}")]
        assert sum(text.get_text().count(word) for text in lines) == 80
        assert max(text.get_window_extent().x1 for text in lines) < chart.figure.bbox.x1
        assert min(text.get_window_extent().y0 for text in lines) > 0


@pytest.mark.parametrize("name", NAMES)
def test_an_output_is_small(name):
    """An output has less than 120 kB, and the picture is in it as PNG for viewers that show no HTML."""
    chart = everything(300 if "forecast" not in name else 4)[name]()
    bundle = shown(chart)
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    assert bundle["text/plain"].split() == chart.description.split()
    assert max(map(len, bundle["text/plain"].splitlines())) <= WIDTH
    assert sum(map(len, bundle.values())) < 120_000
    assert bundle["image/png"] in bundle["text/html"]


def test_fifty_thousand_points_are_a_small_output():
    """The longest of 50,000 items can be found with the mouse; the output stays small."""
    days = np.exp(np.random.default_rng(0).normal(1, 1.5, 50_000))
    bundle = shown(charts.cycle_time(results.items(days)))
    assert sum(map(len, bundle.values())) < 120_000
    areas = [attrs for tag, attrs in Tags(bundle["text/html"]).found if tag == "area"]
    assert len(areas) >= 100
    assert areas[0]["title"].startswith(f"DEV-{np.argmax(days) + 1} · ")


def test_a_point_says_which_issue_it_is_and_leads_to_it():
    """An area of the image map has the issue's key, days and summary, and links to its page."""
    (tag, _), (image, attrs), (_, named), (area, point) = Tags(
        shown(charts.cycle_time(results.items([4])))["text/html"]
    ).found
    assert (tag, image, area, attrs["usemap"]) == ("div", "img", "area", f"#{named['name']}")
    assert point["title"] == "DEV-1 · 4 days · started 2026-11-24 · Task 1"
    assert (point["href"], point["target"]) == ("https://tracker.example/DEV-1", "_blank")


def test_areas_are_where_the_points_are():
    """The centre of an area has the colour of its point, in the picture and scaled to the screen."""
    chart = charts.cycle_time(results.items([2, 8, 4]))
    picture = Image.open(io.BytesIO(chart.to_png())).convert("RGB")
    assert picture.size == (1520, 800)
    for area in chart.areas:
        x, y, _ = area.coords
        red, _, blue = picture.getpixel((2 * x, 2 * y))
        assert abs(red - blue) > 60  # blue or orange, not paper


def test_what_people_typed_is_no_markup():
    """Keys and summaries are escaped in HTML and SVG, and are no formulas in the picture."""
    frame = results.in_progress([3, 2], (LONG, "Open"))
    frame["key"] = ['DEV-1"><script>alert(1)</script>', "$x^2$"]
    frame["summary"] = LONG
    chart = charts.wip_age(frame)
    html = shown(chart)["text/html"]
    assert {tag for tag, _ in Tags(html).found} == {"div", "img", "map", "area"}
    assert "<script" not in html
    root = ET.fromstring(chart.to_svg())
    assert not [each for each in root.iter() if each.tag.endswith("script")]
    assert "$x^2$" in chart.texts


def test_characters_that_nobody_can_print_do_no_harm():
    """Control characters, half surrogates and emoji in keys, statuses and definitions do not spoil the SVG."""
    odd = "a\x00\x1b[31m\ud800\u202eb 🚀"
    frame = results.in_progress([3, 2])
    frame["status"] = pd.Series([odd, "Open"], dtype=object)
    frame["key"] = pd.Series([odd, "DEV-2"], dtype=object)
    frame.attrs["definition"] = odd
    chart = charts.wip_age(frame)
    ET.fromstring(chart.to_svg())
    assert "\x1b" not in shown(chart)["text/html"]
    assert "\x1b" not in "".join(chart.texts)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "", None])
def test_only_web_pages_are_linked(address):
    """An address that is none of a web page is no link; a key cannot leave the address."""
    frame = results.items([4])
    frame["key"] = ["../evil?x=1"]
    assert [area.link for area in charts.cycle_time(frame).areas] == ["https://tracker.example/..%2Fevil%3Fx%3D1"]
    frame.attrs["tracker"]["url"] = "https://tracker.example/issues?_q=Queue%3A%20DEV"  # that of a query
    assert [area.link for area in charts.cycle_time(frame).areas] == ["https://tracker.example/..%2Fevil%3Fx%3D1"]
    frame.attrs["tracker"]["url"] = address
    assert [area.link for area in charts.cycle_time(frame).areas] == [None]
    assert [area.link for area in charts.cycle_time(frame, url="https://other.example/").areas] == [
        "https://other.example/..%2Fevil%3Fx%3D1"
    ]


@pytest.mark.parametrize("suffix", [".png", ".svg", ".PNG"])
def test_a_chart_is_saved_as_png_or_svg(suffix, tmp_path):
    """The ending of the name decides the form."""
    path = tmp_path / f"picture{suffix}"
    charts.cycle_time(results.items([4, 5])).save(path)
    first = path.read_bytes()[:5]
    assert first == (b"<?xml" if suffix == ".svg" else b"\x89PNG\r")


def test_other_forms_are_refused(tmp_path):
    """A name with another ending is an error that names both endings; nothing is written."""
    with pytest.raises(BadOption, match=r"\.png or \.svg"):
        charts.cycle_time(results.items([4])).save(tmp_path / "picture.pdf")
    assert list(tmp_path.iterdir()) == []


def test_an_svg_has_the_areas_too():
    """A saved SVG shows the issue under the mouse, and links to it."""
    root = ET.fromstring(charts.cycle_time(results.items([4, 5])).to_svg())
    links = [each for each in root.iter() if each.tag.endswith("}a")]
    hrefs = {value for link in links for name, value in link.attrib.items() if name.endswith("href")}
    titles = [each.text for link in links for each in link.iter() if each.tag.endswith("title")]
    assert hrefs == {"https://tracker.example/DEV-1", "https://tracker.example/DEV-2"}
    assert {"DEV-1", "DEV-2"} == {title.partition(" ")[0] for title in titles}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_have_enough_contrast(theme):
    """Every text of every chart has a contrast of 4.5 to the paper."""
    for name, draw in everything(12).items():
        figure = draw(theme=theme).figure
        paper = luminance(figure.get_facecolor())
        texts = [text for text in figure.findobj(Text) if text.get_text()]
        if name == "worktime":  # the numbers stand on coloured cells
            texts = [text for text in texts if text not in figure.axes[0].texts]
        pale = [text.get_text() for text in texts if contrast(luminance(to_rgb(text.get_color())), paper) < 4.5]
        assert pale == [], name


def luminance(colour):
    """The relative luminance of WCAG 2."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """The ratio of two luminances."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def test_drawing_changes_nothing_global():
    """Charts neither import pyplot nor change matplotlib's settings."""
    code = """
import sys, matplotlib
before = matplotlib.rcParams.copy()
from tests.charts.drawn import everything
for draw in everything(4).values():
    draw()._repr_mimebundle_()
assert matplotlib.rcParams.copy() == before and "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_settings_of_a_notebook_do_not_spoil_a_chart():
    """Dark styles or other sizes of rcParams change neither colours of texts nor the size of the picture."""
    code = """
import io, matplotlib
from PIL import Image
matplotlib.rcParams.update({"text.color": "white", "figure.dpi": 30, "savefig.bbox": "tight"})
from tests.charts import results
from tracker_magic import charts
chart = charts.cycle_time(results.items([4]))
assert Image.open(io.BytesIO(chart.to_png())).size == (1520, 800)
assert chart.to_svg().count(b"<image") == 0 and b'width="547' in chart.to_svg()[:2000]
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_matplotlib_the_error_says_what_to_install():
    """A missing matplotlib is an error that names the extra; importing `charts` needs none."""
    code = """
import sys
sys.modules["matplotlib"] = None
from tracker_magic import charts, errors
try:
    charts.cycle_time
except errors.BadOption as error:
    assert error.reason == "charts_extra_missing" and "pip install 'tracker_magic[charts]'" in str(error)
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", sorted(charts.__all__))
def test_public_names_are_functions_or_classes(name):
    """Each name of `charts.__all__` can be used, and is no module of the same name."""
    assert callable(getattr(charts, name))
    assert name in dir(charts)


def test_options_of_all_charts():
    """Title, size and theme can be chosen; another option or theme is an error that names the right ones."""
    frame = results.items([4])
    chart = charts.cycle_time(frame, title="Our promise", width=600, height=300)
    assert "Our promise" in chart.texts
    assert 'width="600" height="300"' in shown(chart)["text/html"]
    assert charts.cycle_time(frame, theme="dark").figure.get_facecolor()[:3] < (0.2, 0.2, 0.2)
    with pytest.raises(BadOption, match="theme"):
        charts.cycle_time(frame, theme="blue")
    with pytest.raises(BadOption, match="width"):
        charts.cycle_time(frame, widht=100)


@pytest.mark.parametrize("name", sorted({*charts.__all__} - {"Area", "Chart", "chart_of", "draw"}))
def test_a_frame_of_another_kind_is_refused(name):
    """The error names what is missing, and the call that gives the right frame."""
    frame = results.described(results.items([4])[["key"]], "cycle_time")
    with pytest.raises(WrongFrame, match=r"charts\.\w+\(flow\.\w+\("):
        getattr(charts, name)(frame)
    with pytest.raises(WrongFrame, match="not list"):
        getattr(charts, name)([1, 2])


def test_draw_chooses_the_chart_of_the_metric():
    """`draw` gives the chart whose metric the frame names."""
    for frame, title in (
        (results.items([4], "lead_time"), "Lead time of finished items"),
        (results.in_progress([4]), "Age of work in progress"),
        (results.arrivals([4], [2]), "Arrivals and departures"),
        (results.burnup([4], [2]), "Burn-down"),
        (results.outcomes(One=["done"]), "What became of the sprint's issues"),
        (results.forecast_how_many(), "How many will be done?"),
        (results.worktime({"Anna": [4]}), "Hours logged"),
    ):
        assert title in charts.draw(frame).texts


def test_draw_refuses_what_has_no_chart():
    """A frame that names no metric, or one without a chart, is an error that says what draws any series."""
    with pytest.raises(WrongFrame, match="behaviour"):
        charts.draw(results.described(results.items([4]), "littles_law"))
    unnamed = results.items([4])
    unnamed.attrs = {}
    with pytest.raises(WrongFrame, match="does not say"):
        charts.draw(unnamed)


def test_an_element_of_a_page_has_the_colours_of_the_page():
    """Its texts are texts, its colours variables, and its ids differ from those of another picture; user text stays."""
    frame = results.in_progress([3, 9, 30], ("#0072b2", 'style="fill: #0072b2"', "Review"))
    one, other = (charts.wip_age(frame, width=width).to_element(f"picture-{width}") for width in (760, 380))
    tags = Tags(one).found
    assert tags[0][0] == "svg"
    assert not {tag for tag, _ in tags} & {"metadata", "script"}
    styles = " ".join(attributes.get("style") or "" for _, attributes in tags)
    assert "var(--chart-series-0)" in styles
    assert "#0072b2" not in styles
    assert "#0072b2" in one  # the name of a status
    ids = [{attributes["id"] for _, attributes in Tags(each).found if attributes.get("id")} for each in (one, other)]
    assert ids[0]
    assert not ids[0] & ids[1]


@pytest.mark.parametrize("width", [380, 760])
def test_a_chart_without_a_title_is_as_wide_as_asked(width):
    """`title=""` leaves the title out; the legend of a narrow picture stays inside of it."""
    chart = charts.wip_age(results.in_progress([3, 9, 30], sle=(85, 14)), title="", width=width)
    assert "Age of work in progress" not in chart.texts
    assert "–" not in chart.texts
    chart.to_png()  # lays it out
    legend = chart.figure.axes[0].get_legend().get_window_extent()
    assert legend.x1 <= chart.figure.bbox.x1


def test_the_chart_of_a_metric_is_known_without_its_frame():
    """Several metrics share a chart; one that has none is an error that names another way."""
    assert charts.chart_of("lead_time") is charts.cycle_time
    with pytest.raises(WrongFrame, match=r"littles_law has no chart.*charts\.behaviour"):
        charts.chart_of("littles_law")
