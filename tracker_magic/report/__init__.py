"""A team's page of flow: one HTML file with pictures, numbers, and how each of them was computed.

Pure: frames of issues and their history in, the text of the page out. It draws with `charts`, which needs matplotlib.
"""

from tracker_magic.report.answers import Answers, Work, compute_answers
from tracker_magic.report.numbers import Number
from tracker_magic.report.page import IS_REPORT, render_page
from tracker_magic.report.sections import make_sections

__all__ = ["IS_REPORT", "Answers", "Number", "Work", "compute_answers", "make_sections", "render_page"]
