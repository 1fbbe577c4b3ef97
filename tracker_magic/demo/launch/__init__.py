"""Starting the demo: JupyterLab on it, one run of the notebook, or only the service."""
