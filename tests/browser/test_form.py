"""The login form in a real JupyterLab: every way that a person walks, by mouse and by keyboard."""

import pytest

STRANGER = """
import os
for name in ("TRACKER_CLIENT_ID", "TRACKER_CLIENT_SECRET"): os.environ.pop(name)
os.environ["TRACKER_HOME"] += "-" + os.urandom(4).hex()
"""


def chosen(sheet, way: str):
    """Choose a way to log in, and go on."""
    sheet.field("How to log in").select_option(way)
    sheet.click("Continue")


def focused(sheet) -> str:
    """The label of the field that has the cursor."""
    return sheet.page.evaluate("() => document.activeElement.labels?.[0]?.textContent ?? ''")


def test_a_device_code(sheet, person):
    """A code typed on the service's page logs in; the form notices by itself, says who that is, and logs out."""
    sheet.click("Continue")
    code = sheet.form.locator(".tm-code")
    code.wait_for()
    sheet.sees("the code lives")
    sheet.form.get_by_text("Copy", exact=True).click()
    assert sheet.page.evaluate("() => getSelection().toString()") == code.inner_text()
    person.types(sheet.href(), code.inner_text())
    sheet.sees("Logged in as")
    sheet.click("Log out")
    sheet.sees("is closed")


def test_a_confirmation_code_by_keyboard(sheet, person):
    """Enter submits, the cursor stands where the code belongs, and a wrong code is told and can be mended."""
    sheet.field("How to log in").select_option("Bring a confirmation code")
    sheet.field("Organisation id").press("Enter")
    field = sheet.field("The code, or the whole address of the page")
    field.wait_for()
    sheet.page.wait_for_function("() => document.activeElement.type === 'password'")
    assert focused(sheet) == "The code, or the whole address of the page"
    field.fill("0123456789abcdef")
    field.press("Enter")
    sheet.form.get_by_role("alert").wait_for()
    assert field.input_value() == ""
    field.fill(person.brings(sheet.href()))
    field.press("Enter")
    sheet.sees("Logged in as")


def test_a_token(sheet, person, demo):
    """A pasted token logs in, by a click; the page it comes from is one link away."""
    chosen(sheet, "Paste a token")
    token = person.brings(sheet.href())
    assert token in demo.access.oauth
    sheet.field("The token, or the whole address of the page").fill(token)
    sheet.click("Log in")
    sheet.sees("Logged in as")


def test_cancel_ends_the_wait(sheet, person, demo):
    """After *Cancel* a code that is confirmed too late logs nobody in; the form can be started again."""
    sheet.click("Continue")
    code = sheet.form.locator(".tm-code")
    code.wait_for()
    url, shown = sheet.href(), code.inner_text()
    sheet.click("Cancel")
    sheet.sees("was cancelled")
    tokens = len(demo.access.oauth)
    person.types(url, shown)
    sheet.click("Log in")
    sheet.form.get_by_role("button", name="Continue").wait_for()
    assert len(demo.access.oauth) == tokens


def test_a_wrong_organisation_is_mended_in_place(sheet, person):
    """The login is kept while the organisation is typed anew: nobody allows access twice."""
    org = sheet.field("Organisation id")
    right = org.input_value()
    org.fill("77")
    sheet.click("Continue")
    code = sheet.form.locator(".tm-code")
    code.wait_for()
    person.types(sheet.href(), code.inner_text())
    sheet.form.get_by_role("alert").wait_for()
    org.fill(right)
    org.press("Enter")
    sheet.sees("Logged in as")


@pytest.mark.cells(STRANGER)
def test_somebody_whose_app_nobody_knows(sheet, person, demo):
    """The form shows how to register an app; its ClientID and secret are typed, the secret vanishes at once."""
    sheet.sees("Three steps")
    sheet.field("How to log in").select_option("Type a code on Yandex's page")
    sheet.field("ClientID of the app").fill(demo.access.client_id)
    secret = sheet.field("The app's secret")
    secret.fill(demo.access.client_secret)
    secret.press("Tab")
    sheet.sees("secret is here")
    sheet.click("Continue")
    code = sheet.form.locator(".tm-code")
    code.wait_for()
    person.types(sheet.href(), code.inner_text())
    sheet.sees("Logged in as")
