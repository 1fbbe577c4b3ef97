"""Charts of issues: their age by column, how long they took, where they spent their time."""

import numpy as np
import pytest

from tests.charts import results
from tracker_magic import charts
from tracker_magic.errors import BadOption


def points(axes):
    """The points of the scatter plots of axes, as (x, y)."""
    return [
        tuple(point) for drawn in axes.collections for point in drawn.get_offsets().tolist() if drawn.get_zorder() == 4
    ]


def columns(chart):
    """The names below the columns."""
    return [label.get_text().partition("\n")[0] for label in chart.figure.axes[0].get_xticklabels()]


def test_ageing_has_one_point_for_each_issue_in_its_column():
    """An issue is drawn at its age, within the width of its column; the column says how many there are."""
    chart = charts.wip_age(results.in_progress([9, 5, 2, 1], ("Open", "Review")))
    drawn = points(chart.figure.axes[0])
    assert sorted(age for _, age in drawn) == [1, 2, 5, 9]
    assert sorted(round(at) for at, _ in drawn) == [0, 0, 1, 1]
    assert {"Open\n2 issues", "Review\n2 issues"} <= set(chart.texts)


def test_ageing_names_the_oldest_issues():
    """The oldest issue has its key beside the point and in the caption; the mouse finds all, the oldest first."""
    chart = charts.wip_age(results.in_progress([9, 5, 2, 1]))
    assert "DEV-1" in chart.texts
    assert "the oldest is DEV-1, 9 days" in chart.description
    assert chart.areas[0].text.split(" · ")[:3] == ["DEV-1", "9 days old", "4.5 days in Open"]
    assert len(chart.areas) == 4


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(("count", "width"), [(3, 760), (12, 760), (300, 760), (12, 380), (300, 380)])
def test_a_key_beside_a_point_covers_no_other_point(count, width, log):
    """Of issues of nearly the same age only those are named that have room for it, the oldest in any case."""
    ages = [30, *(5 + number % 3 / 10 for number in range(count - 2)), 0]
    chart = charts.wip_age(results.in_progress(ages, ("Open", "Review")), width=width, log=log)
    chart.figure.draw_without_rendering()
    (axes,) = chart.figure.axes
    dots = axes.transData.transform(points(axes))
    keys = [text for text in axes.texts if text.get_text().startswith("DEV-")]
    assert keys[0].get_text() == "DEV-1"
    for key in keys:
        box = key.get_window_extent()
        assert not [at for at in dots if box.x0 < at[0] < box.x1 and box.y0 < at[1] < box.y1], key.get_text()
        assert not [other for other in keys if other is not key and box.overlaps(other.get_window_extent())]


def test_the_columns_are_in_the_order_of_the_board():
    """Columns stand as in `order`, else as the policy's stages, else by the age at which half have left."""
    frame = results.in_progress([9, 5, 2], ("Review", "Open", "Test"))
    assert columns(charts.wip_age(frame)) == ["Review", "Open", "Test"]
    frame.attrs["flow"]["policy"] = {"stages": {"Open": ["open"], "Test": ["test"], "Review": ["review"]}}
    assert columns(charts.wip_age(frame)) == ["Open", "Test", "Review"]
    assert columns(charts.wip_age(frame, order=["Test", "Review", "Open"])) == ["Test", "Review", "Open"]
    with pytest.raises(BadOption, match="Open"):
        charts.wip_age(frame, order=["Test", "Review"])


def test_the_bands_end_at_the_percentiles_of_the_column():
    """Each column has five bands, whose edges are the ages at which others left it."""
    chart = charts.wip_age(results.in_progress([20.0, 18.0], ("Open",)))
    edges = sorted({round(bar.get_y(), 6) for bar in chart.figure.axes[0].patches})
    assert edges == [0, 2, 4, 7, 12]


def test_a_column_without_reference_has_no_bands():
    """If nobody has left a column yet, its issues are drawn without bands."""
    frame = results.in_progress([4.0, 3.0], ("Open",))
    frame[["p50", "p70", "p85", "p95", "rank"]] = np.nan
    chart = charts.wip_age(frame)
    assert len(chart.figure.axes[0].patches) == 0
    assert "older than" not in chart.areas[0].text


def test_without_a_reference_nothing_is_said_about_colours():
    """If no column has bands, there is no legend of them, and the caption says why."""
    frame = results.in_progress([4.0, 3.0], ("Open",))
    frame[["p50", "p70", "p85", "p95", "rank"]] = np.nan
    chart = charts.wip_age(frame)
    assert chart.figure.axes[0].get_legend() is None
    assert "no finished issues to compare with" in chart.description
    assert "colours" not in chart.description
    without_columns = charts.wip_age(frame.drop(columns=["p50", "p70", "p85", "p95"]), order=["Open"])
    assert "no finished issues to compare with" in without_columns.description


def test_the_service_level_expectation_is_a_line():
    """The policy's SLE is drawn and counted, and can be given."""
    frame = results.in_progress([20, 10, 3], policy={"sle": [85, 14]})
    assert "1 older than the SLE" in charts.wip_age(frame).description
    assert "2 older than the SLE" in charts.wip_age(frame, sle=(85, 5)).description
    young = charts.wip_age(results.in_progress([2, 1]), sle=(85, 14)).figure.axes[0]
    assert young.get_ylim()[1] > 14
    items = results.items([1, 2, 3, 20], policy={"sle": [85, 14]})
    assert "75 % met the SLE of 14 days" in charts.cycle_time(items).description
    assert "SLE 85 %: 14 days" in charts.cycle_time(items).texts


def test_cycle_times_are_points_on_the_day_of_their_finish():
    """Each finished item is a point; unfinished ones and those without a duration are not drawn."""
    frame = results.items([1, 2, 3, 4])
    frame.loc[0, "days"] = np.nan
    frame["finished"] = frame["finished"].where(frame["key"] != "DEV-2")
    assert sorted(days for _, days in points(charts.cycle_time(frame).figure.axes[0])) == [3, 4]


def test_percentiles_use_linear_interpolation():
    """The lines are at the percentiles as pandas computes them, each with its number of days."""
    days = np.arange(1, 11)
    chart = charts.cycle_time(results.items(days), percentiles=(50, 75))
    assert {"50 %: 5.5 days", "75 %: 7.8 days"} <= set(chart.texts)
    heights = sorted(line.get_ydata()[0] for line in chart.figure.axes[0].lines)
    assert heights == pytest.approx([5.5, 7.75])


def test_few_items_are_said_to_say_little():
    """Below 20 items the caption warns."""
    assert "fewer than 20 items" in charts.cycle_time(results.items([1] * 19)).description
    assert "fewer than 20 items" not in charts.cycle_time(results.items([1] * 20)).description


def test_a_few_long_items_make_the_axis_logarithmic():
    """A linear axis would show only the longest; `log` decides otherwise."""
    frame = results.items([*[1] * 30, *[400] * 3])
    assert charts.cycle_time(frame).figure.axes[0].get_yscale() == "log"
    assert charts.cycle_time(frame, log=False).figure.axes[0].get_yscale() == "linear"
    assert charts.cycle_time(results.items(range(1, 30))).figure.axes[0].get_yscale() == "linear"


def test_items_of_no_duration_are_drawn_on_a_logarithmic_axis():
    """Zero days stand at its lower end."""
    chart = charts.cycle_time(results.items([0.0, 0.0, 5.0]), log=True)
    assert len(points(chart.figure.axes[0])) == 3
    assert min(days for _, days in points(chart.figure.axes[0])) > 0


def test_many_items_are_drawn_as_density():
    """Above 10,000 items cells show how many there are, and the longest 300 are points."""
    chart = charts.cycle_time(results.items(1 + np.arange(12_000) % 50))
    assert len(points(chart.figure.axes[0])) == 300
    assert len(chart.areas) == 300
    assert "darker: more items" in chart.description


def test_a_histogram_counts_every_item():
    """The heights of the bars add up to the items; the mouse tells each bar's count."""
    chart = charts.cycle_time(results.items([1, 1, 2, 9]), kind="histogram")
    bars = chart.figure.axes[0].patches
    assert sum(bar.get_height() for bar in bars) == 4
    assert len(chart.areas) == len(bars)
    with pytest.raises(BadOption, match="scatter"):
        charts.cycle_time(results.items([1]), kind="pie")


def test_lead_times_have_their_own_title():
    """The title follows the metric of the frame."""
    assert "Lead time of finished items" in charts.cycle_time(results.items([1], "lead_time")).texts


def bars(chart):
    """The names and the lengths of the bars, and how much of each is hatched."""
    axes = chart.figure.axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    solid, hatched = ([bar.get_width() for bar in part.patches] for part in axes.containers)
    return list(zip(names, solid, hatched, strict=True))


@pytest.mark.parametrize("kind", ["scatter", "histogram"])
def test_the_axis_of_lead_times_begins_at_the_creation(kind):
    """A lead time is not called a time from the start."""
    lead, cycle = (charts.cycle_time(results.items([1, 2, 3], name), kind=kind) for name in ("lead_time", "cycle_time"))
    assert "days from creation to finish" in lead.texts
    assert "days from start to finish" in cycle.texts


def test_items_that_never_started_are_counted_under_the_title():
    """Finished items without days are not drawn, but counted; if there are no others, the picture says why."""
    frame = results.items([1, 2, 3, 4])
    frame.loc[1:, ["started", "days"]] = np.nan
    assert "1 item · 85 % took at most 1 day" in charts.cycle_time(frame).description
    assert "without 3 that never started" in charts.cycle_time(frame).description
    frame[["started", "days"]] = np.nan
    assert "No finished item was ever started" in charts.cycle_time(frame).texts


def test_time_in_status_is_sorted_and_shows_what_still_runs():
    """The longest status comes first; time of issues that are still there is hatched."""
    chart = charts.time_in_status(results.times(Open=[1, 2], Review=[4, 6, 5]))
    assert bars(chart) == [("Review", 10, 5), ("Open", 1, 2)]
    assert "15 days · 83 % · median 5 days" in chart.texts
    assert chart.areas[0].text.endswith("longest: DEV-2 6 days, DEV-3 5 days, DEV-1 4 days")


def test_time_in_status_as_mean_of_the_issues_that_were_there():
    """The mean divides by the issues of the status, not by all."""
    assert bars(charts.time_in_status(results.times(Open=[1, 3], Review=[6]), measure="mean")) == [
        ("Review", 0, 6),
        ("Open", 0.5, 1.5),
    ]


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (0.122569, "2.9 hours"), (0.855556, "20.5 hours"), (1 / 24, "1 hour"), (0.04, "58 minutes"),
        (1 / 1440, "1 minute"), (1e-6, "1 minute"), (0.0, "0 days"), (1.04, "1 day"), (2.26, "2.3 days"),
    ],
)  # fmt: skip
def test_a_duration_is_rounded_in_the_unit_in_which_it_is_shown(days, text):
    """Hours are not those of days that were rounded before, and a minute is not nothing."""
    chart = charts.time_in_status(results.times(Open=[days]))
    assert any(each.endswith(f"median {text}") for each in chart.texts)


def test_a_share_that_is_almost_nothing_is_no_zero():
    """A bar of less than half a per cent says so."""
    chart = charts.time_in_status(results.times(Open=[1000.0], Review=[1.0]))
    assert "1 day · < 1 % · median 1 day" in chart.texts
    assert any("> 99 %" in text for text in chart.texts)


def test_statuses_can_be_left_out():
    """A status is left out by its name or key."""
    frame = results.times(Open=[1], Closed=[900], Done=[100])
    assert [name for name, *_ in bars(charts.time_in_status(frame, without=["Closed", "done"]))] == ["Open"]


def test_finished_statuses_are_left_out_unless_asked_for():
    """An issue stays finished for ever, and such bars would hide the others; the caption names what is left out."""
    frame = results.times(Open=[1, 2], Closed=[900])
    frame.attrs["flow"]["finished"] = ["closed"]
    chart = charts.time_in_status(frame)
    assert [name for name, *_ in bars(chart)] == ["Open"]
    assert "without Closed" in chart.description
    assert [name for name, *_ in bars(charts.time_in_status(frame, finished=True))] == ["Closed", "Open"]


def test_few_bars_of_many_statuses_are_drawn():
    """The twenty longest are drawn, and the caption says how many are not."""
    chart = charts.time_in_status(results.times(**{f"Status {number}": [number + 1] for number in range(25)}))
    assert len(bars(chart)) == 20
    assert "5 shorter bars left out" in chart.description
