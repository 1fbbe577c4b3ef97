"""A chart: a matplotlib figure, and areas that say which issue a point is and lead to it."""

import base64
import hashlib
import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from tracker_magic.charts.style import THEMES, css_variables
from tracker_magic.errors import BadOption
from tracker_magic.layout import wrapped
from tracker_magic.settings import browser_address

DPI: Final = 100
_SHARPNESS: Final = 2  # pixels of the picture for one on the screen
_COLOURS: Final = 64  # of a PNG: a chart has few, and takes a third of the bytes
# Characters of an output with the picture in it twice, so that a notebook stays small; and of the picture alone.
_LARGEST_OUTPUT: Final = 112_000
_LARGEST_PICTURE: Final = 45_000
_RADIUS: Final = 6
_SMALLEST_SIDE: Final = 4
# Of an SVG: what a page does without, and the colours in it. What people typed is in no tag, or has no quotes there.
_METADATA: Final = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_GROUP: Final = re.compile(r'^<g id="[^"]*"')
_TAG: Final = re.compile(r"<[^<>]+>")
_STYLE: Final = re.compile(r'style="[^"]*"')
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_FILL: Final = re.compile(r'fill="(#[0-9a-f]{6})"')  # of a hatch; an attribute takes no variable
_VARIABLES: Final = {colour: f"var({name})" for name, colour in css_variables(THEMES["light"]).items()}


@contextmanager
def without_font_warnings() -> Iterator[None]:
    """Draw letters that the font lacks as boxes, without a warning for each."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


@dataclass(frozen=True, slots=True)
class Mark:
    """A point, or a rectangle, in the units of its axes; what it is, and the address of its issue."""

    axes: Axes
    corners: tuple[float, float, float, float]
    text: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the picture in pixels of the screen: `circle` (x, y, radius) or `rect` (left, top, right, bottom)."""

    shape: str
    coords: tuple[int, ...]
    text: str
    link: str | None

    def as_html(self) -> str:
        """The area of an image map."""
        link = f' href="{escape(browser_address(self.link))}" target="_blank" rel="noopener"' if self.link else ""
        coords = ",".join(map(str, self.coords))
        return f'<area shape="{self.shape}" coords="{coords}" title="{escape(self.text)}"{link}>'

    def as_svg(self) -> str:
        """The same as a transparent element of an SVG picture."""
        if self.shape == "circle":
            x, y, radius = self.coords
            drawn = f'<circle cx="{x}" cy="{y}" r="{radius}" fill-opacity="0">'
        else:
            left, top, right, bottom = self.coords
            size = f'width="{right - left}" height="{bottom - top}"'
            drawn = f'<rect x="{left}" y="{top}" {size} fill-opacity="0">'
        element = f"{drawn}<title>{escape(self.text)}</title>{drawn.replace('<', '</', 1).split(' ', 1)[0]}>"
        return f'<a xlink:href="{escape(self.link)}" target="_blank">{element}</a>' if self.link else element


class Chart:
    """A picture that a notebook shows and that can be saved; `figure` is a matplotlib figure."""

    def __init__(self, figure: Figure, marks: Sequence[Mark], description: str) -> None:
        self.figure = figure
        self.description = description
        self._marks = tuple(marks)
        for text in figure.findobj(Text):  # what people typed is no formula
            text.set_parse_math(False)
            text.set_usetex(False)

    @property
    def texts(self) -> list[str]:
        """The texts of the picture: title, axes, labels, definition."""
        return [text.get_text() for text in self.figure.findobj(Text) if text.get_visible() and text.get_text()]

    @property
    def areas(self) -> list[Area]:
        """What the mouse finds in the picture, the most telling first, and where a click leads."""
        self._draw()
        return self._areas()

    def to_png(self) -> bytes:
        """Return the picture as PNG, two pixels for one on the screen."""
        return _png(self._draw())

    def to_svg(self) -> bytes:
        """Return the picture as SVG; points say which issue they are, and link to it."""
        self._draw()
        out = io.BytesIO()
        with without_font_warnings():
            FigureCanvasSVG(self.figure).print_svg(out, metadata={"Date": None})  # type: ignore[no-untyped-call]
        shapes = "".join(area.as_svg() for area in self._areas())
        overlay = f'<g id="areas" transform="scale({72 / DPI})">{shapes}</g>'  # SVG counts in points
        head, _, tail = out.getvalue().decode().rpartition("</svg>")
        labelled = head.replace("<svg ", f'<svg role="img" aria-label="{escape(self.description)}" ', 1)
        return f"{labelled}{overlay}</svg>{tail}".encode()

    def to_element(self, name: str) -> str:
        """Return the picture, drawn on light paper, as an SVG element of a page; `name` is another for each.

        Texts stay texts, and the theme's colours are the variables of `css_variables`, so that a page can change them.
        """
        with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):  # the salt makes ids differ
            picture = self.to_svg().decode()
        element = _METADATA.sub("", picture[picture.index("<svg") :])
        return _TAG.sub(_page_tag, element)

    def to_html(self) -> str:
        """Return the picture as HTML that needs no script, style sheet or network: a PNG with an image map."""
        return self._html(self._small_picture())

    def save(self, path: str | Path) -> None:
        """Save the picture; the name ends in .png or .svg. Raises BadOption for another one."""
        renderers = {".png": self.to_png, ".svg": self.to_svg}
        render = renderers.get(Path(path).suffix.lower())
        if render is None:
            raise BadOption(f"a chart cannot be saved as {Path(path).name!r}", hint="The name ends in .png or .svg.")
        Path(path).write_bytes(render())

    def __repr__(self) -> str:
        title = getattr(self, "description", "").partition("\n")[0]  # a debugger may show it half-built
        return f"<Chart: {title}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        picture = self._small_picture()
        # GitHub and PDF export take the picture, a notebook the HTML.
        text = "\n".join(map(wrapped, self.description.splitlines()))
        return {"text/html": self._html(picture), "image/png": picture, "text/plain": text}

    def _small_picture(self) -> str:
        """The PNG for a notebook in base 64; if it is large because of many points, with fewer pixels."""
        canvas = self._draw()
        qualities = ((1.0, _COLOURS), (0.75, _COLOURS), (0.5, _COLOURS), (0.5, _COLOURS // 4))
        sizes = (base64.b64encode(_png(canvas, share, colours)).decode() for share, colours in qualities)
        smallest = next(sizes)
        while len(smallest) > _LARGEST_PICTURE and (smaller := next(sizes, "")):
            smallest = min(smallest, smaller, key=len)
        return smallest

    def _draw(self) -> FigureCanvasAgg:
        self.figure.set_dpi(_SHARPNESS * DPI)
        canvas = FigureCanvasAgg(self.figure)
        with without_font_warnings():
            canvas.draw()  # type: ignore[no-untyped-call]
        return canvas

    def _size(self) -> tuple[int, int]:
        width, height = self.figure.get_size_inches()
        return round(width * DPI), round(height * DPI)

    def _areas(self) -> list[Area]:
        height = self._size()[1]
        return [_area(mark, height) for mark in self._marks]

    def _html(self, picture: str) -> str:
        width, height = self._size()
        areas, room = [], _LARGEST_OUTPUT - 2 * len(picture)
        for area in self._areas():
            text = area.as_html()
            room -= len(text)
            if room < 0:
                break
            areas.append(text)
        name = f"chart-{hashlib.sha256(picture.encode()).hexdigest()[:12]}"
        # Coordinates do not shrink with the picture: in a narrow window it scrolls.
        image = (
            f'<img src="data:image/png;base64,{picture}" width="{width}" height="{height}" usemap="#{name}"'
            f' alt="{escape(self.description)}" style="max-width: none">'
        )
        return f'<div style="overflow-x: auto">{image}<map name="{name}">{"".join(areas)}</map></div>'


def _png(canvas: FigureCanvasAgg, share: float = 1, colours: int = _COLOURS) -> bytes:
    """The picture with few colours, and with this share of its pixels in each direction."""
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    picture = Image.fromarray(pixels[..., :3])
    if share < 1:
        width, height = picture.size
        picture = picture.resize((round(width * share), round(height * share)), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _page_tag(tag: re.Match[str]) -> str:
    """A tag of an SVG without the ids that all pictures share, with variables in place of colours."""
    text = _FILL.sub(r'style="fill: \1"', _GROUP.sub("<g", tag[0]))
    return _STYLE.sub(lambda style: _COLOUR.sub(lambda colour: _VARIABLES.get(colour[0], colour[0]), style[0]), text)


def _area(mark: Mark, height: int) -> Area:
    x0, y0, x1, y1 = mark.corners
    inside = mark.axes.bbox
    corners = mark.axes.transData.transform([(x0, y0), (x1, y1)])
    corners = np.clip(corners, (inside.x0, inside.y0), (inside.x1, inside.y1)) / _SHARPNESS
    (left, right), (bottom, top) = sorted(corners[:, 0]), sorted(corners[:, 1])
    if (x0, y0) == (x1, y1):
        return Area("circle", (round(left), round(height - top), _RADIUS), mark.text, mark.link)
    right, bottom = max(right, left + _SMALLEST_SIDE), min(bottom, top - _SMALLEST_SIDE)
    coords = (round(left), round(height - top), round(right), round(height - bottom))
    return Area("rect", coords, mark.text, mark.link)
