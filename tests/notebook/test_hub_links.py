"""Links to the demo on a JupyterHub, such as Binder: they lead through the proxy of the visitor's server."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tracker_magic.notebook.form.markup import link

PREFIX = "/user/visitor/"


@pytest.fixture
def hub_kernel(kernel: Any) -> Iterator[Any]:
    """A kernel with the variable that a JupyterHub sets."""
    kernel.run(f"import os\nos.environ['JUPYTERHUB_SERVICE_PREFIX'] = '{PREFIX}'")
    yield kernel
    kernel.run("import os\ndel os.environ['JUPYTERHUB_SERVICE_PREFIX']")


@pytest.mark.parametrize(
    "line",
    ["-n 1 Queue: DEV", "open DEV-1", "DEV-1", "flow cycle_time --plot Queue: DEV"],
    ids=["table", "open", "key", "chart"],
)
def test_every_link_to_the_demo_leads_through_the_proxy(hub_kernel, demo, line):
    """Tables, `open`, a single issue and charts link to the demo below the path of the visitor's server."""
    cell = hub_kernel.run(f"%tracker {line}")
    shown = [*cell.of("display_data"), *cell.of("execute_result")]
    targets = re.findall(r'href="([^"]+)"', " ".join(each["data"].get("text/html", "") for each in shown))
    assert targets
    page = f"{PREFIX}proxy/{demo.url.rpartition(':')[2]}/"
    assert [target for target in targets if not target.startswith(page)] == []


def test_a_link_of_the_form_leads_through_the_proxy(monkeypatch):
    """The form's links to the demo's pages lead through the proxy; those to the service stay."""
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", PREFIX)
    assert f'href="{PREFIX}proxy/8000/device"' in link("http://127.0.0.1:8000/device")
    assert 'href="https://oauth.yandex.ru/device"' in link("https://oauth.yandex.ru/device")
