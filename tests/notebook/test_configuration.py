"""`%tracker config`: the settings with their sources, and strict changes of them."""

import pytest

from tracker_magic.errors import BadOption
from tracker_magic.notebook.configuration import configure
from tracker_magic.settings import TrackerMagic

FOLDER = "from pathlib import Path\nfile = Path('pyproject.toml')\n"


def test_settings_are_listed_with_their_sources(kernel):
    """`config` gives a frame of every setting with value, source, default and help; it is shown in 80 columns."""
    kernel.run(FOLDER + "_ = file.write_text('[tool.tracker_magic]\\nlang = \"en\"\\n')")
    kernel.run("%config TrackerMagic.limit = 500\n%tracker config timeout 60")
    cell = kernel.run("%tracker config")
    kernel.run("config = %tracker config\nsources = config.set_index('name').source")
    kernel.run("file.unlink()")
    assert max(map(len, cell.shown.splitlines())) <= 80
    assert kernel.run("list(config.columns)").result == "['name', 'value', 'source', 'default', 'help']"
    assert set(TrackerMagic.setting_names()) == set(eval(kernel.run("list(config.name)").result))
    assert kernel.run("sources[['tz', 'limit', 'timeout']].tolist()").result == (
        "['default', '%config', '%tracker config']"
    )
    assert kernel.run("Path(sources.lang) == file.absolute()").result == "True"
    assert "limit       500 (%config)" in cell.shown


def test_current_refuses_wrong_settings_until_they_are_mended(kernel):
    """`current()` raises SettingsError as every command does, and works without a reload once the file is mended."""
    kernel.run(FOLDER + "_ = file.write_text('[tool.tracker_magic]\\nzone = 1\\n')\nfrom tracker_magic import current")
    for _ in range(2):
        assert kernel.run("current()").error[0] == "SettingsError"
        assert kernel.run("%tracker Queue: DEV").error[0] == "SettingsError"
    assert kernel.run("file.unlink()\ncurrent().tz").result == "'UTC'"


def test_the_ipython_configuration_is_a_source(shell):
    """A value of IPython's configuration file is listed with that source."""
    shell.config.TrackerMagic.tz = "Asia/Omsk"
    shell.run_line_magic("load_ext", "tracker_magic")
    frame = shell.run_line_magic("tracker", "= config tz")
    assert frame.loc[0, ["value", "source"]].tolist() == ["Asia/Omsk", "IPython configuration"]


def test_one_setting_is_shown_and_changed(kernel):
    """`config NAME` shows one setting, `config NAME VALUE` sets it for the following commands."""
    assert kernel.run("%tracker config tz").shown.startswith("tz  UTC (default)")
    assert kernel.run("%tracker config tz Europe/Moscow").shown.startswith("tz  Europe/Moscow (%tracker config)")
    assert kernel.run("df = %tracker -n 1 Queue: DEV\nstr(df.createdAt.dt.tz)").result == "'Europe/Moscow'"


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("tz Europe/Moscow", "tz", "Europe/Moscow"),
        ("tz = 'Europe/Moscow'", "tz", "Europe/Moscow"),
        ("TrackerMagic.lang='en'", "lang", "en"),
        ("LIMIT 500", "limit", 500),
        ("trackermagic.TZ = Asia/Omsk", "tz", "Asia/Omsk"),
        ("limit None", "limit", None),
        ("search-rps 2", "search_rps", 2.0),
        ("other_rps none", "other_rps", None),
        ("progress off", "progress", False),
        ("prefetch False", "prefetch", False),
        ("debug yes", "debug", True),
    ],
)
def test_values_are_written_as_people_do(text, name, value):
    """A value may be quoted, follow `=`, and be a word for yes, no or nothing."""
    settings = TrackerMagic()
    assert configure(settings, text) == [name]
    assert getattr(settings, name) == value
    assert settings.source(name) == "%tracker config"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("limt 5", "there is no setting `limt`.*Did you mean `limit`"),
        ("token x", "there is no setting `token`"),
        ("limit 0", "^limit needs a whole number above 0, or None, not 0. limit: Most rows"),
        ("limit many", "^limit needs a whole number above 0, or None, not 'many'"),
        ("limit 1.5", "^limit needs a whole number above 0, or None, not '1.5'"),
        ("timeout nan", "^timeout needs a number of at least 0.01, or None, not nan"),
        ("search_rps inf", "^search_rps needs a number of at least 0.01, or None, not inf"),
        ("other_rps 0", "^other_rps needs a number of at least 0.01, or None, not 0.0"),
        ("tz Mars", "there is no time zone `Mars`"),
        ("tz MSK", "there is no time zone `MSK`.*The nearest: Europe/Moscow.$"),
        ("lang de", "^lang needs ru, en or None, not 'de'"),
        ("progress perhaps", "^progress needs True or False, not 'perhaps'"),
        ("progress None", "^progress needs True or False, not 'None'"),
    ],
)
def test_a_wrong_name_or_value_is_an_error(text, message):
    """An unknown name and an impossible value raise BadOption, and nothing changes."""
    settings = TrackerMagic()
    with pytest.raises(BadOption, match=message):
        configure(settings, text)
    assert [name for name in settings.setting_names() if settings.source(name) != "default"] == []
