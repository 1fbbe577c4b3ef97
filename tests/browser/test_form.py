"""The login form in a real JupyterLab: every way to log in, by mouse and by keyboard."""

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import expect

UNKNOWN_APP = """
import os
for name in ("TRACKER_CLIENT_ID", "TRACKER_CLIENT_SECRET"): os.environ.pop(name)
os.environ["TRACKER_HOME"] += "-" + os.urandom(4).hex()
"""


def focused_label(sheet) -> str:
    """The label of the field that has the focus."""
    return sheet.page.evaluate("() => document.activeElement.labels?.[0]?.textContent ?? ''")


def test_a_device_code_logs_in(sheet, person):
    """After a code is typed on the service's page, plain output says who is logged in, and then who has logged out."""
    sheet.click("Continue")
    code = sheet.wait_for_code()
    sheet.wait_for_text("the code expires")
    sheet.form.get_by_text("Copy", exact=True).click()
    assert sheet.page.evaluate("() => getSelection().toString()") == code.inner_text()
    person.enter_code(sheet.href(), code.inner_text())
    sheet.wait_for_login()
    expect(sheet.form).to_have_count(0)
    sheet.execute("%tracker logout")
    sheet.wait_for(sheet.card.get_by_text("logged out on"))


def test_a_confirmation_code_is_pasted_by_keyboard(sheet, person):
    """Enter submits, the field for the code gets the focus, and a wrong code can be corrected."""
    sheet.choose("Paste a confirmation code")
    sheet.field("Organisation ID").press("Enter")
    field = sheet.field("The code, or the whole address of the page")
    field.wait_for()
    sheet.page.wait_for_function("() => document.activeElement.type === 'password'")
    assert focused_label(sheet) == "The code, or the whole address of the page"
    field.fill("0123456789abcdef")
    field.press("Enter")
    sheet.wait_for_alert()
    assert field.input_value() == ""
    field.fill(person.copy_secret(sheet.href()))
    field.press("Enter")
    sheet.wait_for_login()


def test_a_token_logs_in(sheet, person, demo):
    """A token is copied from the page behind the link, pasted, and submitted by a click."""
    sheet.choose("Paste a token that you have, or get one")
    sheet.click("Continue")
    token = person.copy_secret(sheet.href())
    assert token in demo.access.oauth
    sheet.field("The token, or the whole address of the page").fill(token)
    sheet.click("Log in")
    sheet.wait_for_login()


def test_a_rejected_token_leads_back_to_its_field(sheet, demo):
    """The field is emptied, has the focus, and the right token is pasted there."""
    sheet.choose("Paste a token that you have, or get one")
    sheet.click("Continue")
    field = sheet.field("The token, or the whole address of the page")
    field.fill("y0_" + "w" * 50)
    field.press("Enter")
    sheet.wait_for_text("does not accept this token")
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    field.fill(demo.access.token)
    field.press("Enter")
    sheet.wait_for_login()


@pytest.mark.cells("import os; os.environ.pop('TRACKER_API_BASE_URL', 0), os.environ.pop('TRACKER_ORG_ID', 0)")
def test_an_empty_organisation_gets_the_focus(sheet):
    """Continue without an organisation names it, and moves the focus there."""
    sheet.field("Organisation ID").fill("")
    sheet.click("Continue")
    sheet.wait_for_text("Enter the ID of your organisation")
    expect(sheet.field("Organisation ID")).to_be_focused()


def test_the_card_outlives_the_kernel(sheet, demo):
    """Saved, reopened with another kernel and exported to HTML, the card still says who logged in, without a widget."""
    sheet.click("Try the demo, without an account")
    sheet.wait_for_login()
    outputs = nbformat.reads(sheet.save(), as_version=4).cells[-2].outputs
    assert [sorted(each.data) for each in outputs] == [["text/html", "text/plain"]]
    name = demo.world.users[demo.access.me].display
    assert all(name in each for each in outputs[0].data.values())
    exported, _ = HTMLExporter().from_filename(str(sheet.path))
    assert name in exported
    assert "Loading widget" not in exported


def test_after_a_restart_the_form_is_one_sentence(sheet):
    """The fields and buttons of a form whose kernel has ended are hidden, and it says what to do."""
    sheet.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    expect(sheet.button("Continue")).to_be_hidden()
    shown = sheet.form.evaluate("form => getComputedStyle(form, '::before').content")
    assert "run this cell again" in shown


def test_cancel_ends_the_waiting(sheet, person, demo):
    """After *Cancel* a code that is confirmed too late logs nobody in, and the form can be used again."""
    sheet.click("Continue")
    code = sheet.wait_for_code()
    expect(sheet.button("Back")).to_be_focused()
    url, shown = sheet.href(), code.inner_text()
    sheet.click("Cancel")
    sheet.wait_for(sheet.card.get_by_text("was cancelled"))
    tokens = len(demo.access.oauth)
    person.enter_code(url, shown)
    sheet.run()
    sheet.wait_for(sheet.button("Continue"))
    assert len(demo.access.oauth) == tokens


def test_a_wrong_organisation_can_be_corrected(sheet, person):
    """The token is kept while the organisation is corrected, so that access is allowed only once."""
    org = sheet.field("Organisation ID")
    right = org.input_value()
    org.fill("77")
    sheet.click("Continue")
    code = sheet.wait_for_code()
    person.enter_code(sheet.href(), code.inner_text())
    sheet.wait_for_alert()
    expect(org).to_be_focused()
    org.fill(right)
    org.press("Enter")
    sheet.wait_for_login()


@pytest.mark.cells(UNKNOWN_APP)
def test_an_app_is_registered_and_typed_in(sheet, person, demo):
    """Without a known app the form shows how to register one; its secret disappears as soon as it is typed."""
    sheet.wait_for_text("three steps")
    sheet.choose("Type a code on Yandex's page")
    sheet.field("ClientID of the app").fill(demo.access.client_id)
    secret = sheet.field("Secret of the app")
    secret.fill(demo.access.client_secret)
    secret.press("Tab")
    expect(secret).to_have_value("")
    sheet.click("Continue")
    code = sheet.wait_for_code()
    person.enter_code(sheet.href(), code.inner_text())
    sheet.wait_for_login()


@pytest.mark.cells(UNKNOWN_APP)
def test_a_slow_click_after_a_typed_text_is_not_lost(sheet, demo):
    """A press on a button makes the form take the last text; the button stays below the mouse until it is released."""
    sheet.choose("Type a code on Yandex's page")
    sheet.field("ClientID of the app").fill("0123")
    sheet.field("ClientID of the app").press("Tab")
    sheet.wait_for_text("This is not a ClientID")
    sheet.field("ClientID of the app").fill(demo.access.client_id)
    secret = sheet.field("Secret of the app")
    secret.fill(demo.access.client_secret)
    expect(sheet.form.get_by_role("alert")).to_have_count(0)
    sheet.button("Continue").hover()
    sheet.page.mouse.down()
    expect(secret).to_have_value("")
    sheet.page.mouse.up()
    sheet.wait_for_code()


@pytest.mark.cells(UNKNOWN_APP)
def test_a_slow_click_after_a_corrected_text_is_not_lost(sheet, demo):
    """The button stays below the mouse, too, if the text that a press makes the form take ends an error."""
    client_id = sheet.field("ClientID of the app")
    client_id.fill("0123")
    client_id.press("Tab")
    sheet.wait_for_text("This is not a ClientID")
    client_id.fill(demo.access.client_id)
    sheet.button("Continue").hover()
    sheet.page.mouse.down()
    expect(sheet.form.get_by_role("alert")).to_have_count(0)
    sheet.page.mouse.up()
    sheet.field("The code, or the whole address of the page").wait_for()
