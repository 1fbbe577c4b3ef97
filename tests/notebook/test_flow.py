"""`%tracker flow`: metrics of flow in the magic, their options, their display and their completion."""

import re
import warnings

import pytest

from tracker_magic import flow
from tracker_magic.errors import BadOption, FlowWarning
from tracker_magic.layout import WIDTH
from tracker_magic.notebook.commands import COMMANDS
from tracker_magic.notebook.completion import Names, complete, tooltip
from tracker_magic.notebook.flow_options import METRICS, options_of_metric, parameter
from tracker_magic.notebook.help import topic
from tracker_magic.notebook.magic import short_warnings
from tracker_magic.notebook.parser import parse
from tracker_magic.tracker import flow_plan

# The source is the argument; frames and types of statuses are not typed.
NOT_TYPED = {"query", "statuses"}


def test_a_metric_is_shown_with_its_definition(kernel, demo):
    """A metric fetches what it needs, and its definition stands below the table as text and as HTML."""
    kernel.run("%tracker me")
    before = len(demo.journal)
    cell = kernel.run("%tracker flow throughput --period month --by type Queue: DEV")
    assert [seen.path for seen in demo.journal[before:]] == ["/v3/issues/_search"]
    (shown,) = cell.of("execute_result")
    assert shown["data"]["text/plain"].splitlines()[-1].startswith("Items by the period (UTC) of their finish")
    assert "</div><small>Items by the period (UTC) of their finish" in shown["data"]["text/html"]
    assert kernel.run("_.columns.tolist()").result == "['period', 'type', 'type.key', 'count', 'complete']"


def test_a_definition_breaks_between_words(kernel):
    """A terminal would break a long one inside a word; in `attrs` it is one line."""
    text = kernel.run("%tracker flow cycle_time Queue: DEV").result
    definition = kernel.run("print(_.attrs['definition'])").shown.strip()
    below = text[text.index("Days of 24 hours") :].splitlines()
    assert len(below) > 1
    assert max(map(len, below)) <= WIDTH
    assert " ".join(below) == definition


def test_a_metric_gives_what_python_gives(kernel):
    """Options have the types that Python has, and every form of a source and of a destination is taken."""
    kernel.run("from tracker_magic import current\nt = current()\nNOW = t.me and '2030-01-01'")
    lines = {
        "forecast_when --remaining 5,10 --chances 50,85 --seed 3 {}": {
            "remaining": (5, 10), "chances": (50, 85), "seed": 3,
        },
        "forecast_how_many --horizon 30 {}": {"horizon": 30},
        "service_level --sle 85,14.5 --percentiles 50 --since 2020-01-01 {}": {
            "sle": (85, 14.5), "percentiles": (50,), "since": "2020-01-01",
        },
        "cycle_time --start inProgress --keep priority,summary {}": {
            "start": ["inProgress"], "keep": ["priority", "summary"],
        },
        "--reopen first lead-time --log {}": {"reopen": "first", "log": True},
        "intervals --field assignee {}": {"fields": ["assignee"]},
    }  # fmt: skip
    for line, options in lines.items():
        metric = re.search(r"\b[a-z]+[_-][a-z_]+\b|intervals", line)[0].replace("-", "_")
        assert kernel.run(f"r = %tracker flow {line.format('--now 2030-01-01 Queue: DEV')}").error is None
        expected = f"t.flow({metric!r}, 'Queue: DEV', now=NOW, **{options!r})"
        assert kernel.run(f"r.equals({expected})").result == "True", line
    kernel.run("bugs = %tracker Queue: DEV Type: bug\nq = 'Queue: DEV Type: bug'")
    kernel.run("a = %tracker flow lead_time $bugs\nb = %tracker flow lead_time $q\n%tracker c << flow lead_time $bugs")
    assert kernel.run("a.equals(b) and a.equals(c) and len(a) == len(bugs)").result == "True"


def test_a_dry_run_of_a_metric_makes_one_count(kernel, demo):
    """`--dry-run` says how many histories a metric needs at most, after one `_count`."""
    kernel.run("%tracker me")
    before = len(demo.journal)
    shown = kernel.run("%tracker flow cycle_time --dry-run Queue: DEV").shown
    assert re.fullmatch(r"Queue: DEV\n(\d+) issues · \d+ requests \(up to \1 of single issues\) · about \d+ s", shown)
    assert "single" not in kernel.run("%tracker flow throughput --dry-run Queue: DEV").shown
    assert [seen.path for seen in demo.journal[before:]] == ["/v3/issues/_count"] * 2


def test_a_team_is_read_from_the_folder_of_the_notebook(kernel):
    """`--team` takes a policy and its query from pyproject.toml, where it is no wrong setting."""
    table = '[tool.tracker_magic.teams.dev]\\nquery = "Queue: DEV Type: bug"\\nstart = "inReview"\\n'
    kernel.run(f"from pathlib import Path\nPath('pyproject.toml').write_text('{table}')")
    kernel.run("df = %tracker flow cycle_time --team dev")
    assert kernel.run("df.attrs['flow']['policy']['start'], set(df['type.key'])").result == "(['inReview'], {'bug'})"
    (error,) = kernel.run("%tracker flow cycle_time --team dve").of("error")
    assert "Did you mean 'dev'" in "".join(error["traceback"])
    kernel.run("Path('pyproject.toml').unlink()")


def test_text_in_the_query_of_a_metric_is_pointed_out(kernel):
    """What is a text, or was searched as one, is said with the line to type, in which the metric stands."""
    _, message = kernel.run("%tracker flow throughput DEV").error
    assert "`DEV` would be searched for as text. Did you mean `%tracker flow throughput Queue: DEV`?" in message
    shown = kernel.run("%tracker flow throughput DEV Status: open").shown
    assert "`DEV` was searched as text; did you mean `%tracker flow throughput Queue: DEV Status: open`?" in shown


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("flow", "Metrics are throughput, arrivals"),
        ("flow Queue: DEV", "Metrics are throughput, arrivals"),
        ("flow trougput Queue: DEV", "Did you mean 'throughput'?"),
        ("flow throughput", "Give a query, keys or a frame"),
        ("flow throughput --horizn 3 Queue: DEV", "Did you mean `--horizon`?"),
        ("flow throughput --count work Queue: DEV", "Did you mean `working`?"),
        ("flow throughput --period weak Queue: DEV", "Did you mean `week`?"),
        ("flow throughput --seed x Queue: DEV", "--seed needs a number"),
        ("flow throughput --by asignee Queue: DEV", "assignee"),
        ("flow cycle_time --start 'In progress' Queue: DEV", "Its key is 'inProgress'."),
        ("flow cycle_time --start inProgres Queue: DEV", "Did you mean 'inProgress'?"),
        ("flow cycle_time --columns key Queue: DEV", "--columns does not go with `flow`"),
        ("flow cycle_time Queue: DEV -n 5", "-n 5"),
        ("flow burnup --scope 'Спринт' --board 1", "no sprint|sprint"),
    ],
)
def test_a_mistake_is_an_error_that_says_what_to_write(kernel, line, hint):
    """An unknown metric, option, value, field, status or sprint is an error with the nearest name."""
    (error,) = kernel.run(f"%tracker {line}").of("error")
    assert re.search(hint if "|" in hint else re.escape(hint), "".join(error["traceback"]))


def test_the_metric_stands_between_options():
    """Options stand before the metric and after it; a word with a colon begins a query."""
    parsed = parse("flow --period week cycle-time --by a,b Queue: DEV -5d")
    assert (parsed.command, parsed.metric, parsed.text) == ("flow", "cycle_time", "Queue: DEV -5d")
    assert parsed.options == {"period": "week", "by": ["a", "b"]}
    assert parse("flow wip DEV-1 DEV-2 --log").options == {"log": True}
    assert parse("flow queue: DEV").metric == ""
    assert parse("flow wip", "Queue: DEV").text == "Queue: DEV"
    assert parse("flow wip --help").text == "wip"
    with pytest.raises(BadOption, match="--remaining needs a number"):
        parse("flow forecast_when --remaining many")


def test_the_tables_are_those_of_flow():
    """Every metric has a sentence, and every option that can be typed is a parameter of some metric, and back."""
    assert METRICS.keys() == flow_plan.METRICS.keys()
    parameters = {name for metric in METRICS for name in flow_plan.options_of(metric)} | {"team"}
    typed = {parameter(key) for key in options_of_metric("")}
    assert parameters - typed == NOT_TYPED | {"tz"}
    assert typed <= parameters | {"plot"}
    assert set(options_of_metric("")) <= set(COMMANDS["flow"].options)


@pytest.mark.parametrize("metric", METRICS)
def test_the_help_of_a_metric_has_its_options(metric):
    """The help of a metric has its sentence and its options, and no others."""
    text = topic(metric)
    assert METRICS[metric] in " ".join(text.split())
    assert ("--horizon" in text) == (metric == "forecast_how_many")
    assert hasattr(flow, metric)


NAMES = Names(
    records={
        "statuses": [{"key": "open", "name": "Открыт"}, {"key": "inProgress", "name": "В работе"}],
        "boards": [{"id": 1, "name": "Магазин"}],
    }
)


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        ("%tracker flow thr|", ["throughput "]),
        ("%tracker flow --period week cumu|", ["cumulative_flow "]),
        ("%tracker flow throughput --per|", ["--period"]),
        ("%tracker flow throughput --per| Queue: DEV", ["--period"]),
        ("%tracker flow service_level --per|", ["--period", "--percentiles"]),
        ("%tracker flow throughput --period m|", ["month"]),
        ("%tracker flow throughput --period s|", ["sprint"]),
        ("%tracker flow cycle_time --start в|", ["inProgress"]),
        ("%tracker flow cycle_time --exclude open,inP|", ["inProgress"]),
        ("%tracker flow sprint_report --board Ма|", ["Магазин"]),
        ("%tracker flow throughput --by assi|", ["assignee"]),
        ("%tracker flow throughput --reopen f|", ["first"]),
        ("%tracker flow throughput Queue: DEV Affected|", ['"Affected Version":']),
        ("%tracker flow throughput DEV-1 --sin|", ["--since"]),
        ("%tracker help littles|", ["littles_law"]),
    ],
)
def test_metrics_their_options_and_values_are_completed(cell, texts):
    """Tab offers metrics, then the options of the metric, their values, and the query."""
    found = complete(cell.replace("|", ""), cell.index("|"), NAMES)
    assert [text for text, _ in found.items] == texts


def test_a_tooltip_of_a_metric_is_its_help():
    """Shift-Tab on a metric shows its help, on a wrong one nothing."""
    assert tooltip("%tracker flow wip_age", 16).startswith("%tracker flow wip_age")
    assert tooltip("%tracker flow wip_aeg", 16) == ""


def test_warnings_are_printed_before_the_command_goes_on(capsys):
    """A warning of the analytics is one line, at once, so that what will take long is said before."""
    with short_warnings():
        warnings.warn(FlowWarning("cycle_time fetches 4,012 histories, which takes about 400 s."), stacklevel=1)
        assert capsys.readouterr().err == "FlowWarning: cycle_time fetches 4,012 histories, which takes about 400 s.\n"
        with pytest.warns(RuntimeWarning, match="another"):
            warnings.warn("another", RuntimeWarning, stacklevel=1)


def test_plot_draws_the_result_too(kernel):
    """With `--plot` a picture is shown, also if the frame is assigned; not with `--quiet`."""
    cell = kernel.run("df = %tracker flow throughput --plot Queue: DEV")
    assert cell.error is None
    pictures = [each["data"] for each in cell.of("display_data")]
    assert [{"image/png", "text/html"} <= picture.keys() for picture in pictures] == [True]
    assert kernel.run("list(df.columns)").result == "['period', 'count', 'complete']"
    assert kernel.run("%tracker flow throughput --plot -q Queue: DEV").of("display_data") == []


def test_what_has_no_chart_is_said_before_anything_is_fetched(kernel):
    """`--plot` with a metric that has no chart requests nothing; a metric that does not exist is named as such."""
    cell = kernel.run("%tracker flow flow_efficiency --plot Queue: NOWHERE")
    assert "flow_efficiency has no chart" in " ".join(cell.error)
    assert "NOWHERE" not in " ".join(cell.error)
    assert "no metric 'trhoughput'" in " ".join(kernel.run("%tracker flow trhoughput --plot Queue: DEV").error)
