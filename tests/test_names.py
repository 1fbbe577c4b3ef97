"""Names that people type, and the nearest ones that exist."""

import pytest

from tracker_magic.errors import BadOption, SettingsError
from tracker_magic.flow.policy import resolve_policy
from tracker_magic.frames.parse import validate_zone
from tracker_magic.names import nearest
from tracker_magic.notebook.help import topic
from tracker_magic.notebook.parser import parse
from tracker_magic.settings import TrackerMagic, read_settings


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("statuss", ["Status"]),
        ("STATUS", ["Status"]),
        ("Story", ["Story Points"]),
        ("отчет", ["Отчёт"]),
        ("story   points", ["Story Points"]),
        ("x", []),
        ("", []),
    ],
)
def test_the_nearest_names_are_found_in_any_case(typed, expected):
    """Case, `ё` and blanks do not matter; the beginning of a name is enough; nothing is guessed from one letter."""
    assert nearest(typed, ["Status", "Story Points", "Отчёт", "status"]) == expected


@pytest.mark.parametrize(
    ("mistake", "similar"),
    [
        (lambda folder: read_settings(TrackerMagic(), {"TIMEOUT_S": 5}, folder), "timeout"),
        (lambda _: validate_zone("EUROPE/MOSKOW"), "Europe/Moscow"),
        (lambda _: topic("CHANGELGO"), "changelog"),
        (lambda _: parse("--COLUMNS key Queue: DEV"), "--columns"),
        (lambda _: resolve_policy(None, {"FINSH": "closed"}), "finish"),
    ],
)
def test_every_wrong_name_is_answered_with_the_nearest_in_any_case(tmp_path, mistake, similar):
    """Settings, time zones, topics of the help, options and policies are compared in the same way."""
    with pytest.raises((BadOption, SettingsError)) as caught:
        mistake(tmp_path)
    assert similar in f"{caught.value.message} {caught.value.hint}".replace("TIMEOUT_S", "")
