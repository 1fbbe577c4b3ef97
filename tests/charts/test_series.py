"""Charts of periods: throughput, arrivals, cumulative flow, sprints, process behaviour, service level, hours."""

import re

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
import pytest

from tests.charts import results
from tests.charts.drawn import grouped
from tracker_magic import charts
from tracker_magic.errors import BadOption, NotEnoughData


def hatched(axes):
    """The heights of the hatched bars."""
    return [bar.get_height() for bar in axes.patches if bar.get_hatch()]


def solid(axes):
    """The heights of the other bars."""
    return [bar.get_height() for bar in axes.patches if not bar.get_hatch()]


def line(axes, name):
    """The heights of the line with this label."""
    return next(list(each.get_ydata()) for each in axes.lines if each.get_label() == name)


def test_the_running_period_is_hatched_and_not_in_the_mean():
    """The last period is not complete, so that its bar is hatched, and the mean is of the others."""
    chart = charts.throughput(results.periods([4, 6, 1]))
    axes = chart.figure.axes[0]
    assert (solid(axes), hatched(axes)) == ([4, 6], [1])
    assert "mean 5" in chart.texts
    assert "10 finished items in 2 complete periods" in chart.description
    assert "this period is not complete" in chart.areas[0].text


def test_a_series_that_is_over_has_no_hatched_bar():
    """Without a running period nothing is hatched, and the caption does not speak of it."""
    chart = charts.throughput(results.periods([4, 6], running=False))
    assert hatched(chart.figure.axes[0]) == []
    assert "hatched" not in chart.description


def test_groups_are_stacked_and_the_small_ones_are_one():
    """At most six groups have colours of their own; the others are drawn as one."""
    axes = charts.throughput(grouped(3)).figure.axes[0]
    assert [text.get_text()[:8] for text in axes.get_legend().get_texts()] == ["A name t", "Bug", "Task"]
    assert sum(solid(axes)) + sum(hatched(axes)) == 27
    many = pd.concat([results.periods([9 - number] * 2).assign(type=f"type {number}") for number in range(9)])
    names = charts.throughput(results.described(many, "throughput")).figure.axes[0].get_legend().get_texts()
    assert [text.get_text() for text in names] == [*(f"type {number}" for number in range(6)), "all others"]


def test_values_are_drawn_in_place_of_counts():
    """`value=True` draws the added-up numbers."""
    frame = results.periods([4, 6, 1])
    frame["value"] = [10.0, 20.0, 2.5]
    assert solid(charts.throughput(frame, value=True).figure.axes[0]) == [10, 20]


def test_arrivals_stand_beside_departures_over_the_work_in_progress():
    """Both have a bar for each period; below is the work in progress at its end."""
    frame = results.arrivals([5, 4, 2], [3, 4, 1])
    chart = charts.arrivals(frame)
    above, below = chart.figure.axes
    assert (sorted(solid(above)), sorted(hatched(above))) == ([3, 4, 4, 5], [1, 2])
    assert list(below.lines[0].get_ydata()) == [12, 12, 13]
    assert "9 issues arrived, 7 were finished" in chart.description
    assert "changed by +2" in chart.description
    assert charts.throughput(frame).texts == chart.texts


def test_cumulative_flow_has_a_band_for_each_stage():
    """The last stage is at the bottom; labels say what is in each stage at the end."""
    chart = charts.cumulative_flow(results.board(10))
    bands = chart.figure.axes[0].collections
    assert [band.get_label() for band in bands] == ["Done", "In progress", "Open"]
    assert {"Open: 14", "In progress: 13", "Done: 9"} <= set(chart.texts)
    assert chart.areas[0].text == "2026-11-28 · Open 14 · In progress 13 · Done 9"


def test_what_was_finished_before_does_not_press_the_bands_together():
    """A large last stage starts at zero on the first day; axis and caption say how much is left out."""
    chart = charts.cumulative_flow(results.board(10, finished_before=900))
    axes = chart.figure.axes[0]
    assert axes.get_ylim()[1] < 60
    assert axes.get_ylabel() == "issues, less 900 of Done"
    assert "Done: 909" in chart.texts
    assert "leaves out the 900 of the first day" in chart.description


def test_a_burn_down_shows_what_remains_and_what_was_added():
    """Remaining work falls to its end; work added after the first day is marked with its amount."""
    chart = charts.sprint(results.burnup([10, 10, 13, 12], [0, 4, 5, 9]))
    axes = chart.figure.axes[0]
    assert line(axes, "remaining") == [10, 6, 8, 3]
    assert {"+3", "−1"} <= set(chart.texts)
    assert "remaining 3 · added after the first day 3 · removed 1" in chart.description


def test_below_an_axis_of_days_stands_their_month():
    """It is written as people write it, and not as 2026-Nov."""
    figure = charts.sprint(results.burnup([10, 10, 13, 12], [0, 4, 5, 9])).figure
    figure.draw_without_rendering()
    assert re.fullmatch(r"[A-Z][a-z]{2} 20\d\d", figure.axes[0].xaxis.get_offset_text().get_text())


def test_a_burn_up_shows_scope_and_done():
    """Scope and what is done are lines; an unknown kind is an error."""
    frame = results.burnup([10, 10, 13, 12], [0, 4, 5, 9])
    axes = charts.sprint(frame, kind="burnup").figure.axes[0]
    assert (line(axes, "scope"), line(axes, "done")) == ([10, 10, 13, 12], [0, 4, 5, 9])
    with pytest.raises(BadOption, match="burnup"):
        charts.sprint(frame, kind="up")


def test_the_outcome_of_a_sprint_has_a_box_for_each_issue():
    """Every issue is a box with a link; the caption counts what was committed and done."""
    chart = charts.sprint(results.outcomes(One=["done", "carried", "done"], Two=["removed", "done"]))
    assert len(chart.areas) == 5
    assert {area.link for area in chart.areas} == {
        *(f"https://tracker.example/DEV-{number}" for number in (0, 1, 2, 100, 101))
    }
    assert "1 of 3 committed issues done (33 %) · 2 added after the start" in chart.description
    assert {"One", "Two", "done", "carried over", "removed", "added after the start"} <= set(chart.texts)


def test_issues_of_a_running_sprint_have_no_outcome_yet():
    """A missing outcome is drawn as not finished yet."""
    chart = charts.sprint(results.outcomes(One=["done", None, None]))
    assert "not finished yet" in chart.texts
    assert [area.text.split(" · ")[1] for area in chart.areas] == ["done", *["not finished yet"] * 2]


def test_changes_of_every_day_do_not_hide_the_line():
    """Up to twenty changes of the scope are marked; the line shows more of them, too."""
    texts = charts.sprint(results.burnup(range(1, 41), [0] * 40), kind="burnup").texts
    assert "added to the scope" not in texts
    assert "added to the scope" in charts.sprint(results.burnup(range(1, 11), [0] * 10), kind="burnup").texts


def test_natural_limits_are_those_of_the_baseline():
    """Limits are the mean of the baseline ± 2.66 of its mean moving ranges; the range limit is 3.268 of it."""
    chart = charts.behaviour(results.periods([10, 12, 10, 12, 30, 1]), baseline=4)
    above, below = chart.figure.axes
    heights = sorted({float(each.get_ydata()[0]) for each in above.lines[1:]})
    assert heights == pytest.approx([11 - 2.66 * 2, 11, 11 + 2.66 * 2])
    assert below.lines[2].get_ydata()[0] == pytest.approx(3.268 * 2)
    assert "1 value marked" in chart.description
    assert "the shaded 4 values" in chart.description
    assert "1 incomplete period left out" in chart.description


def test_eight_values_on_one_side_of_the_mean_are_marked():
    """A run of eight is a signal, one of seven is not."""

    def marked(run):
        values = [*[10, 14] * 8, *[13] * run]
        texts = charts.behaviour(results.periods(values, running=False), baseline=16).texts
        return any("values marked" in text for text in texts)

    assert (marked(6), marked(7)) == (False, True)  # the last of the baseline is above the mean, too


def test_counts_have_no_limit_below_zero():
    """A lower limit below zero is zero, as nothing can be fewer."""
    assert "lower limit 0" in charts.behaviour(results.periods([1, 9, 1, 9, 1, 9], running=False)).texts


def test_a_baseline_may_be_given_by_dates():
    """The baseline contains its first day but not its last one; None is an open end."""
    frame = results.periods([1, 2, 3, 4, 90, 91], "D", running=False)  # until 2026-11-28
    texts = charts.behaviour(frame, baseline=(None, "2026-11-27")).texts
    assert any("the shaded 4 values" in text for text in texts)
    with pytest.raises(BadOption, match="baseline"):
        charts.behaviour(frame, baseline="2026")
    with pytest.raises(NotEnoughData, match="0 values"):
        charts.behaviour(frame, baseline=("2027-01-01", None))


def test_items_are_a_series_too():
    """Items are drawn in the order of their finish; the mouse finds their keys."""
    chart = charts.behaviour(results.items([3, 4, 5, 30]))
    assert chart.areas[0].text.startswith("DEV-4 · 2026-11-28 · 30")
    assert chart.areas[0].link == "https://tracker.example/DEV-4"


def test_groups_of_a_mean_are_no_series():
    """Several rows of a period are added up if they are counts; other numbers are an error."""
    frame = results.periods([1, 2, 3])
    frame["mean_age"] = [1.0, 2.0, 3.0]
    both = results.described(pd.concat([frame, frame]), "wip")
    assert "mean 3" in charts.behaviour(both).texts
    with pytest.raises(BadOption, match="mean_age"):
        charts.behaviour(both, value="mean_age")


def test_a_forecast_has_a_bar_for_each_chance_with_its_record():
    """Each bar ends at its date, and says how often such answers came true."""
    chart = charts.forecast(results.forecast_when())
    assert [bar.get_width() for bar in chart.figure.axes[0].patches] == pytest.approx([4.5, 7.5, 15.5, 29.5])
    assert "by 2026-12-14 (16 days) · came true in 75 % of past windows" in chart.texts
    assert "by 2026-12-28 (30 days) · no record: the history is too short" in chart.texts
    assert "with a chance of 85 %: 2026-12-14" in chart.description


def test_a_forecast_that_promised_too_much_says_so():
    """If answers of that chance came true much less often, the caption advises a higher one."""
    poor = charts.forecast(results.forecast_how_many(held=(0.4, 0.5, 0.5, 0.9)))
    assert "less often than promised" in poor.description
    assert "at least 18 items · came true in 50 % of past windows" in poor.texts
    assert "less often" not in charts.forecast(results.forecast_how_many()).description


def test_service_levels_by_month_are_lines():
    """Each percentile is a line, with the items of each month below; points of few items are hollow."""
    chart = charts.service_level(results.service_levels([30, 5, 40], policy={"sle": [85, 14]}))
    above, below = chart.figure.axes
    assert line(above, "85 %") == [14, 15, 16]
    assert [bar.get_height() for bar in below.patches] == [30, 5, 40]
    assert "80 % of all met the SLE · 1 of 3 rest on fewer than 20 items" in chart.description


def test_service_levels_of_groups_are_rows():
    """Without periods each group is a row, the largest first."""
    frame = results.service_levels([30, 5]).drop(columns="period").assign(type=["Bug", "Task"])
    frame.attrs = results.service_levels([1]).attrs
    labels = [label.get_text() for label in charts.service_level(frame).figure.axes[0].get_yticklabels()]
    assert labels == ["Bug (30)", "Task (5)"]
    frame.loc[1, ["p50", "p70", "p85", "p95"]] = np.nan  # nothing was finished
    assert charts.service_level(frame).figure.axes[0].get_xlim()[1] > 25


def test_hours_are_cells_by_person_and_week():
    """A cell has the hours of its person and week; the person with most hours is first."""
    chart = charts.worktime(results.worktime({"Anna": [4.0, 8.0], "Boris": [0.0, 20.5]}))
    cells = chart.figure.axes[0].collections[0].get_array()
    assert np.asarray(cells).tolist() == [[0, 20.5], [4, 8]]
    assert {"20.5", "4", "8"} <= set(chart.texts)
    assert [area.text for area in chart.areas] == [
        "Boris · from 2026-11-23 · 20.5 hours",
        "Anna · from 2026-11-23 · 8 hours",
        "Anna · from 2026-11-16 · 4 hours",
    ]


def test_hours_without_periods_are_bars():
    """A frame without periods has one bar for each person."""
    frame = results.worktime({"Anna": [4.0], "Boris": [6.0]}).drop(columns="period")
    assert [bar.get_width() for bar in charts.worktime(frame).figure.axes[0].patches] == [6, 4]


def test_many_people_are_one_row():
    """The thirty with most hours have a row, the others share one."""
    chart = charts.worktime(results.worktime({f"Person {number}": [1.0 + number] for number in range(35)}))
    assert "5 others" in chart.texts
    assert len(chart.figure.axes[0].get_yticks()) == 31


@pytest.mark.parametrize(("from_creation", "start"), [(True, "creation"), (False, "start")])
def test_the_axis_of_service_levels_says_from_when_the_days_are(from_creation, start):
    """Days of issues are those from their creation, by period and by group."""
    frame = results.service_levels([20, 30])
    frame.attrs["flow"]["from_creation"] = from_creation
    for each in (frame, frame.drop(columns="period").head(1)):
        each.attrs = frame.attrs
        assert f"days from {start} to finish" in charts.service_level(each).texts


def test_large_numbers_of_every_vertical_axis_have_separators():
    """Thousands are 1,000 on all axes of a picture."""
    for chart in (charts.behaviour(results.periods([9000, 1000] * 8)), charts.service_level(levels(4000.0))):
        chart.figure.draw_without_rendering()
        for axes in chart.figure.axes:
            ticks = [tick.get_text() for tick in axes.get_yticklabels()]
            assert not [
                tick for tick in ticks if len(tick.replace("−", "")) > 3 and "," not in tick and "." not in tick
            ]


def levels(days):
    """Service levels of two weeks in which everything took so many days."""
    frame = results.service_levels([20, 30])
    frame[["p50", "p70", "p85", "p95"]] = days
    return frame


def test_nothing_finished_has_an_axis_of_whole_numbers():
    """An axis of counts goes to one at least."""
    for chart in (charts.throughput(results.periods([0, 0, 0])), charts.arrivals(results.arrivals([0, 0], [0, 0]))):
        assert chart.figure.axes[0].get_ylim()[1] >= 1


def test_the_axis_of_a_burn_down_ends_above_what_is_drawn():
    """A large scope of which little remains does not press the line to the ground."""
    frame = results.burnup([500.0] * 4, [490.0] * 4)
    frame["ideal"] = 0.0
    assert charts.sprint(frame).figure.axes[0].get_ylim()[1] < 20
    assert charts.sprint(frame, kind="burnup").figure.axes[0].get_ylim()[1] > 500


def test_a_forecast_says_how_many_windows_its_record_has():
    """A record of five windows is not called one of up to twelve."""
    frame = results.forecast_when()
    frame.attrs["flow"]["windows"] = 5
    assert "came true in 75 % of 5 past windows" in charts.forecast(frame).description


def test_work_in_progress_stands_at_the_end_of_its_period():
    """A stock is drawn when it was that: as under arrivals; a throughput at the beginning of its period."""
    frame = results.described(results.periods([3, 5, 4]).rename(columns={"count": "wip"}), "wip")
    counts = charts.behaviour(results.periods([3, 5, 4])).figure.axes[0].lines[0].get_xdata()
    stocks = charts.behaviour(frame)
    assert (stocks.figure.axes[0].lines[0].get_xdata() == counts + 7).all()
    assert any("at the end of the period from 2026-" in area.text for area in stocks.areas)


def test_work_in_progress_of_a_month_stands_at_the_end_of_that_month():
    """The running period, which is not drawn, tells where the one before it ends."""
    frame = results.described(results.periods([3, 5, 4], "MS").rename(columns={"count": "wip"}), "wip")
    places = charts.behaviour(frame).figure.axes[0].lines[0].get_xdata()
    assert places.tolist() == mdates.date2num(frame["period"].iloc[1:]).tolist()


@pytest.mark.parametrize("values", [[1.0, 1.05, 1.12], [101.0, 101.2, 101.3], [0.001, 0.002], [0, 4], [9e6, 1e7]])
def test_the_numbers_of_an_axis_are_where_they_stand(values):
    """A number beside a grid line is the one of that line, to its last digit."""
    frame = results.periods([0] * len(values), running=False).assign(count=values)
    axes = charts.behaviour(results.described(frame, "throughput")).figure.axes[0]
    axes.figure.draw_without_rendering()
    labels = [text.get_text().replace(",", "") for text in axes.get_yticklabels()]
    assert len(set(labels)) == len(labels) > 1
    assert [float(label) for label in labels] == pytest.approx(axes.get_yticks())


def test_the_items_of_a_large_group_have_separators():
    """The number beside the name of a group is written as everywhere else."""
    frame = results.service_levels([3987]).drop(columns="period").assign(type="Bug")
    frame.attrs = results.service_levels([1]).attrs
    assert "Bug (3,987)" in charts.service_level(frame).texts
