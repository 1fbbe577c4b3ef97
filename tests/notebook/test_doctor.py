"""`%tracker doctor` in a kernel: before and after a login, with the front end and the settings."""


def test_a_login_in_a_kernel_is_examined(kernel, demo):
    """All checks are ok; shown is a text of 80 columns without a secret, the value is a frame."""
    cell = kernel.run("%tracker doctor")
    assert cell.error is None
    assert max(map(len, cell.shown.splitlines())) <= 80
    for fact in ("X-Org-ID", "front end", "widgets", "ipywidgets 8", "settings", "environment: TRACKER_TOKEN"):
        assert fact in cell.shown
    assert demo.names["TRACKER_TOKEN"] not in cell.shown
    assert demo.names["TRACKER_CLIENT_SECRET"] not in cell.shown
    assert kernel.run("frame = %tracker doctor\nlist(frame.columns)").result == "['check', 'result', 'found', 'cure']"
    assert kernel.run("set(frame.result)").result == "{'ok'}"


def test_the_doctor_works_before_a_login(lonely_kernel):
    """Without a login it says so and names the cure; the service is examined all the same."""
    cell = lonely_kernel.run("%tracker doctor")
    assert cell.error is None
    assert "token         failed   nobody is logged in" in cell.shown
    assert "%tracker login" in cell.shown
    assert "network       ok" in cell.shown


def test_the_settings_in_use_are_listed(kernel):
    """The row of the settings names what is set and where."""
    kernel.run("%config TrackerMagic.limit = 5\n%tracker config tz Europe/Moscow")
    frame = "frame = %tracker doctor\nframe.set_index('check').found['settings']"
    assert "%config: limit" in kernel.run(frame).result
    assert "%tracker config: tz" in kernel.run("frame.set_index('check').found['settings']").result


def test_missing_widgets_are_a_warning(text_kernel):
    """Without ipywidgets there is a warning with the command to install them."""
    cell = text_kernel.run("%tracker doctor")
    assert cell.error is None
    assert "ipywidgets is not installed" in cell.shown
    assert "pip install ipywidgets" in " ".join(cell.shown.split())
