"""What rests on disk after logins in a real JupyterLab: no secret that the run used, whichever way it is saved."""

import time

import pytest

KEEP_STATE = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"
STRANGER = """
import os
for name in ("TRACKER_CLIENT_ID", "TRACKER_CLIENT_SECRET"): os.environ.pop(name)
os.environ["TRACKER_HOME"] += "-" + os.urandom(4).hex()
"""


def secrets_of(demo) -> set[str]:
    """Every token, refresh token and device code that the services have given so far."""
    access = demo.access
    found = {*access.oauth, *access.iam, *access.devices, *access.codes, access.client_secret}
    return found | {grant.refresh for grant in access.oauth.values() if grant.refresh}


def holding(folder, secrets: set[str]) -> dict[str, int]:
    """The files below `folder` that hold one of `secrets`, and how many of them."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            defer_interrupts = sum(secret.encode() in data for secret in secrets)
            if defer_interrupts:
                found[str(path.relative_to(folder))] = defer_interrupts
    return found


@pytest.fixture(params=["default", "saving the widget state"])
def saving(request, sheet):
    """Both ways that JupyterLab saves a notebook."""
    keeps = request.param != "default"
    if keeps:
        sheet.do(KEEP_STATE)
    yield keeps
    if keeps:
        sheet.do(KEEP_STATE)


@pytest.mark.cells(STRANGER)
def test_nothing_rests_after_three_logins(sheet, person, demo, lab, saving):
    """Typed secret, device code, pasted code, pasted token, a wrong paste: none is in any file of Lab or kernel."""
    used = {"ffeeddccbbaa9988"}
    sheet.field("How to log in").select_option("Type a code on Yandex's page")
    sheet.field("ClientID of the app").fill(demo.access.client_id)
    sheet.field("The app's secret").fill(demo.access.client_secret)
    sheet.click("Continue")
    code = sheet.form.locator(".tm-code")
    code.wait_for()
    saved = [sheet.save()]
    used |= secrets_of(demo)
    person.types(sheet.href(), code.inner_text())
    sheet.sees("Logged in as")
    used |= secrets_of(demo)
    saved.append(sheet.save())
    for way, label in (("Bring a confirmation code (recommended)", "The code"), ("Paste a token", "The token")):
        sheet.click("Log out")
        sheet.click("Log in")
        sheet.field("How to log in").select_option(way)
        sheet.click("Continue")
        field = sheet.field(f"{label}, or the whole address of the page")
        field.fill("ffeeddccbbaa9988 no such thing")
        field.press("Enter")
        sheet.form.get_by_role("alert").wait_for()
        saved.append(sheet.save())
        pasted = person.brings(sheet.href())
        used |= secrets_of(demo) | {pasted}
        field.fill(pasted)
        sheet.click("Log in")
        sheet.sees("Logged in as")
        used |= secrets_of(demo)
        saved.append(sheet.save())
    assert ["Organisation id" in text.decode() for text in saved] == [saving] * len(saved)
    assert [secret for secret in used if any(secret.encode() in text for text in saved)] == []
    assert "this form needs a running kernel" in saved[-1].decode()
    assert (lab.folder / "ipython" / "profile_default" / "history.sqlite").exists()
    assert holding(lab.folder, used) == {}


def test_a_login_kept_in_a_file_rests_there_alone(sheet, person, demo, lab):
    """Kept in a file: that file holds it, and only its owner reads it; nothing else does."""
    sheet.field("Keep the login").select_option("in a file that only you can read")
    sheet.click("Continue")
    code = sheet.form.locator(".tm-code")
    code.wait_for()
    person.types(sheet.href(), code.inner_text())
    sheet.sees("Logged in as")
    sheet.save()
    files = holding(lab.folder, secrets_of(demo))
    assert len(files) == 1
    path = lab.folder / next(iter(files))
    assert path.is_relative_to(lab.folder / "tracker")
    assert path.stat().st_mode & 0o777 == 0o600
    sheet.click("Log out")
    sheet.sees("is removed")
    until = time.monotonic() + 5
    while path.exists() and time.monotonic() < until:
        pass
    assert not path.exists()
