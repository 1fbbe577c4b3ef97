"""Ways to run the embedded Tracker: serve it, open JupyterLab on it, run a notebook against it."""
