"""The texts of the login in both languages, and the errors of a login in Russian."""

import ast
import re
from datetime import UTC, datetime
from string import Formatter

import pytest

from tracker_magic.auth import STRATEGIES
from tracker_magic.auth.oauth import OAUTH_ERRORS, oauth_error
from tracker_magic.auth.pasted import read_pasted_code, read_pasted_token
from tracker_magic.errors import BadOption, LoginError
from tracker_magic.notebook.texts import duration, en, error_text, language, ru, ru_errors, source_text, text

# Reasons that stay English in the form.
NOT_TRANSLATED = {
    "contradictory_environment",  # its message lists the mistakes of the environment
    "profile_of_other_address",  # its message names two addresses
    "two_organisations",  # two arguments of a line or of Python code
    "strategy_is_interactive",  # an argument of Python code
    "nobody_can_answer",  # raised where nobody sees a form
    "count_mismatch",  # these are about issues and lists, and no login meets them
    "list_changed",
    "no_order",
    "unknown_name",  # the name of a field, a user, a queue or a board in a command
    "ambiguous_name",
    "no_status",  # analytics, in Python code
    "unknown_status",
    "charts_extra_missing",
    "time_limit",
    "window",
}


def placeholders(template: str) -> set[str]:
    """The names of the values that a text needs."""
    return {name for _, name, *_ in Formatter().parse(template) if name is not None}


def test_both_languages_have_the_same_keys_and_placeholders():
    """Every text exists in English and Russian, is not empty, and needs the same values in both."""
    assert en.TEXTS.keys() == ru.TEXTS.keys()
    assert [key for key in en.TEXTS if not en.TEXTS[key] or not ru.TEXTS[key]] == []
    assert [key for key in en.TEXTS if placeholders(en.TEXTS[key]) != placeholders(ru.TEXTS[key])] == []


@pytest.mark.parametrize("texts", [en.TEXTS, ru.TEXTS])
def test_what_stands_for_the_form_is_shown_whole(texts):
    """Old versions of ipywidgets cut it after 110 characters."""
    assert "%tracker login --prompt" in texts["form.saved"]
    assert len(texts["form.saved"]) <= 110


def test_every_strategy_has_a_label_and_a_help():
    """Whatever `--strategy` takes can be chosen by its label, and a help says what it does."""
    keys = {f"strategy.{strategy}{suffix}" for strategy in STRATEGIES for suffix in ("", ".help")}
    assert keys <= en.TEXTS.keys()


def reasons(package) -> set[str]:
    """The literal `reason=` of every error of the package; the embedded Tracker has errors of its own."""
    paths = [path for path in package.rglob("*.py") if "demo" not in path.parts]
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    keywords = [node.value for node in nodes if isinstance(node, ast.keyword) and node.arg == "reason"]
    return {node.value for node in keywords if isinstance(node, ast.Constant)}


def test_every_reason_is_translated_or_listed(package):
    """An error with a `reason` has a Russian text, unless the reason is on the list above."""
    raised = reasons(package) | set(OAUTH_ERRORS)
    assert raised - ru_errors.ERRORS.keys() - NOT_TRANSLATED == set()
    assert NOT_TRANSLATED & ru_errors.ERRORS.keys() == set()
    assert raised >= NOT_TRANSLATED


def test_russian_errors_are_written_like_the_english_ones():
    """Messages have no full stop at their end, hints have one."""
    errors = ru_errors.ERRORS.items()
    assert [reason for reason, (message, _) in errors if message.removesuffix("t1.").endswith(".")] == []
    assert [reason for reason, (_, hint) in errors if not hint.endswith(".")] == []


@pytest.mark.parametrize("code", OAUTH_ERRORS)
def test_oauth_errors_are_translated_and_keep_the_words_of_the_service(code):
    """The Russian message ends with the service's own description; in English nothing changes."""
    error = oauth_error(code, "Own words")
    russian = error_text(error, "ru")
    assert re.search(r"[а-я]", russian.hint)
    assert russian.message == f"{ru_errors.ERRORS[code][0]}: Own words"
    assert (error_text(error, "en").message, error_text(error, "en").hint) == (error.message, error.hint)


@pytest.mark.parametrize("pasted", ["", "two words"])
@pytest.mark.parametrize("read", [read_pasted_code, lambda pasted, _: read_pasted_token(pasted, datetime.now(UTC))])
def test_a_wrong_paste_is_explained_in_russian(read, pasted):
    """Message and hint of an unusable code or token are the Russian ones."""
    with pytest.raises(BadOption) as caught:
        read(pasted, "state")
    russian = error_text(caught.value, "ru")
    assert (russian.message, russian.hint) == ru_errors.ERRORS[caught.value.reason]


@pytest.mark.parametrize(
    ("source", "russian"),
    [
        ("confirmation code", "код подтверждения"),
        ("device code", "код на странице Яндекса"),
        ("pasted IAM token", "вставленный IAM-токен"),
        ("environment: TRACKER_TOKEN", "окружение: TRACKER_TOKEN"),
        ("profile second", "профиль second"),
        ("service account aje1", "сервисный аккаунт aje1"),
        ("yc iam create-token", "yc iam create-token"),
    ],
)
def test_the_source_of_a_token_is_named_in_the_language_of_the_login(source, russian):
    """In Russian the kind of source is translated, and the name that follows it stays as it is."""
    assert source_text(source, "ru") == russian
    assert source_text(source, "en") == source


def test_an_unknown_reason_stays_english():
    """An error without a translation is shown as it was raised."""
    shown = error_text(LoginError("something else", hint="Do it.", reason="no_such_reason"), "ru")
    assert (shown.message, shown.hint) == ("something else", "Do it.")


def test_the_language_is_the_chosen_one_or_that_of_the_locale():
    """The choice counts, else LC_ALL, LC_MESSAGES, LANG in this order, else English."""
    assert language("ru", {"LANG": "en_US"}) == "ru"
    assert language(None, {"LANG": "ru_RU.UTF-8"}) == "ru"
    assert language(None, {"LC_ALL": "C", "LANG": "ru_RU.UTF-8"}) == "en"
    assert language("en", {"LANG": "ru_RU.UTF-8"}) == language(None, {}) == "en"


def test_a_duration_is_in_its_largest_unit():
    """Durations are whole numbers of one unit, and never negative."""
    assert [duration(seconds, "en") for seconds in (-1, 59, 130, 7_300, 200_000)] == [
        "0 s", "59 s", "2 min", "2 h", "2 days",
    ]  # fmt: skip
    assert text("duration.days", "ru", count=3) == "3 дн."
