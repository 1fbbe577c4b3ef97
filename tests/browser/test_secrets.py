"""No secret is left on disk after logins in a real JupyterLab, however the notebook is saved."""

import pytest
from playwright.sync_api import expect

TOGGLE_WIDGET_STATE = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"
UNKNOWN_APP = """
import os
if "TRACKER_CLIENT_ID" in os.environ: os.environ["TRACKER_HOME"] += "-" + os.urandom(4).hex()
for name in ("TRACKER_CLIENT_ID", "TRACKER_CLIENT_SECRET"): os.environ.pop(name, "")
"""


def issued_secrets(demo) -> set[str]:
    """Every token, refresh token and device code that the services have issued so far."""
    access = demo.access
    secrets = {*access.oauth, *access.iam, *access.devices, *access.codes, access.client_secret}
    return secrets | {grant.refresh for grant in access.oauth.values() if grant.refresh}


def files_with_secrets(folder, secrets: set[str]) -> dict[str, int]:
    """The files below `folder` that contain secrets, with the number of secrets."""
    counts = {}
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            count = sum(secret.encode() in data for secret in secrets)
            if count:
                counts[str(path.relative_to(folder))] = count
    return counts


@pytest.fixture(params=["default", "saving the widget state"])
def saves_widgets(request, sheet):
    """Both ways in which JupyterLab saves a notebook: without the state of widgets, and with it."""
    is_on = request.param != "default"
    if is_on:
        sheet.do(TOGGLE_WIDGET_STATE)
    yield is_on
    if is_on:
        sheet.do(TOGGLE_WIDGET_STATE)


@pytest.mark.cells(UNKNOWN_APP)
def test_no_secret_is_on_disk_after_three_logins(sheet, person, demo, lab, saves_widgets):
    """No typed secret, device code, pasted code, pasted token or wrong paste is in any file of Lab or kernel."""
    used = {"ffeeddccbbaa9988", demo.access.token}
    for label, problem in (("ClientID of the app", "not a ClientID"), ("Organisation ID", "not an organisation ID")):
        sheet.field(label).fill(demo.access.token)
        sheet.field(label).press("Tab")
        sheet.wait_for_text(f"This is {problem}")
        expect(sheet.field(label)).to_have_value("")
    sheet.field("Organisation ID").fill(demo.access.org_id)
    wrong = sheet.save()
    assert demo.access.token.encode() not in wrong
    sheet.choose("Type a code on Yandex's page")
    sheet.field("ClientID of the app").fill(demo.access.client_id)
    sheet.field("Secret of the app").fill(demo.access.client_secret)
    sheet.click("Continue")
    code = sheet.wait_for_code()
    saved = [sheet.save()]
    used |= issued_secrets(demo)
    person.enter_code(sheet.href(), code.inner_text())
    sheet.wait_for_login()
    used |= issued_secrets(demo)
    saved.append(sheet.save())
    for strategy, label in (
        ("Paste a confirmation code (recommended)", "The code"),
        ("Paste a token that you have, or get one", "The token"),
    ):
        sheet.execute("%tracker logout")
        sheet.run()
        sheet.choose(strategy)
        sheet.click("Continue")
        field = sheet.field(f"{label}, or the whole address of the page")
        field.fill("ffeeddccbbaa9988 no such thing")
        field.press("Enter")
        sheet.wait_for_alert()
        saved.append(sheet.save())
        pasted = person.copy_secret(sheet.href())
        used |= issued_secrets(demo) | {pasted}
        field.fill(pasted)
        sheet.click("Log in")
        sheet.wait_for_login()
        used |= issued_secrets(demo)
        saved.append(sheet.save())
    assert ["Organisation ID" in text.decode() for text in saved] == [saves_widgets] * len(saved)
    assert [secret for secret in used if any(secret.encode() in text for text in saved)] == []
    assert "this form needs a running kernel" in saved[0].decode()
    assert ["widget-view" in text.decode() for text in saved] == [True, False, True, False, True, False]
    assert (lab.folder / "ipython" / "profile_default" / "history.sqlite").exists()
    assert files_with_secrets(lab.folder, used) == {}


def test_a_login_saved_in_a_file_is_only_there(sheet, person, demo, lab):
    """A login saved in a file is in no other file, and only its owner can read that file."""
    sheet.field("Keep the login").select_option("in a file that only you can read")
    sheet.click("Continue")
    code = sheet.wait_for_code()
    person.enter_code(sheet.href(), code.inner_text())
    sheet.wait_for_login()
    sheet.save()
    files = files_with_secrets(lab.folder, issued_secrets(demo))
    assert len(files) == 1
    path = lab.folder / next(iter(files))
    assert path.is_relative_to(lab.folder / "tracker")
    assert path.stat().st_mode & 0o777 == 0o600
    sheet.execute("%tracker logout")
    sheet.wait_for(sheet.card.get_by_text("logged out on"))
    assert not path.exists()
