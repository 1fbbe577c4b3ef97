"""Draws the README's first picture by running its first three cells: `python tests/draw_readme.py [FILE.png]`."""

import base64
import re
import sys
import tempfile
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # this checkout's package, whichever is installed
PICTURE = ROOT / "notebooks" / "cycle_time.png"
CELLS = 3


def draw() -> bytes:
    """The PNG that the last of the cells shows."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    cells = re.findall(r"^```python\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)[:CELLS]
    with tempfile.TemporaryDirectory() as folder:
        no_history = Config({"HistoryManager": {"enabled": False}})
        shell = InteractiveShell.instance(config=no_history, ipython_dir=folder)
        # The demo has no limits of its own.
        for cell in ("%load_ext tracker_magic\n%config TrackerMagic.other_rps = None", *cells):
            with capture_output() as captured:
                shell.run_cell(cell).raise_error()
        shell.run_line_magic("unload_ext", "tracker_magic")
        pictures = [output.data["image/png"] for output in captured.outputs if "image/png" in output.data]
    return base64.b64decode(pictures[-1])


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else PICTURE).write_bytes(draw())
