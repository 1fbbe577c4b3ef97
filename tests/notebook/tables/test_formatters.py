"""Only frames of this package are displayed differently, and only while the extension is loaded."""

import pandas as pd
import pytest


class Special(pd.DataFrame):
    """A frame with a display of its own."""

    def _repr_html_(self) -> str:
        return "<b>special</b>"


OTHERS = {
    "without attrs": lambda _: pd.DataFrame({"key": ["DEV-1"], "summary": ["<b>"]}),
    "isna": lambda frame: frame.isna(),
    "describe": lambda frame: frame.describe(include="all"),
    "transposed": lambda frame: frame.head(3).T,
    "without keys": lambda frame: frame[["summary", "votes"]],
    "with an index": lambda frame: frame.set_index("createdAt"),
    "grouped": lambda frame: frame.groupby("status.key")[["votes"]].sum(),
    "two levels": lambda frame: pd.concat({"a": frame[["key"]]}, axis=1),
    "a subclass": lambda _: Special({"a": [1]}),
    "in a list": lambda _: [pd.DataFrame({"a": [1, 2]}), 1],
    "a series": lambda frame: frame["key"],
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_frames_are_displayed_as_by_pandas(shell, frame, name):
    """Frames that are not, or no longer, rows of a result look the same with and without the extension."""
    other = OTHERS[name](frame)
    before = shell.display_formatter.format(other)
    shell.run_line_magic("load_ext", "tracker_magic")
    assert shell.display_formatter.format(other) == before


def test_unloading_restores_the_display_of_pandas(shell, frame):
    """After unloading, also after use, our frames are displayed by pandas again."""
    before = shell.display_formatter.format(frame)
    for _ in range(2):
        shell.run_line_magic("load_ext", "tracker_magic")
        assert shell.display_formatter.format(frame) != before
        shell.run_line_magic("unload_ext", "tracker_magic")
        assert shell.display_formatter.format(frame) == before


@pytest.mark.parametrize("is_first", [True, False])
def test_a_formatter_of_the_user_takes_precedence(shell, frame, is_first):
    """A formatter that the user registers for all frames, before or after loading, is used and stays."""

    def own(_):
        return "<i>own</i>"

    formatter = shell.display_formatter.formatters["text/html"]
    if is_first:
        formatter.for_type(pd.DataFrame, own)
    shell.run_line_magic("load_ext", "tracker_magic")
    if not is_first:
        assert "tm-view" in shell.display_formatter.format(frame)[0]["text/html"]
        formatter.for_type(pd.DataFrame, own)
    assert shell.display_formatter.format(frame)[0]["text/html"] == "<i>own</i>"
    shell.run_line_magic("unload_ext", "tracker_magic")
    assert shell.display_formatter.format(frame)[0]["text/html"] == "<i>own</i>"
