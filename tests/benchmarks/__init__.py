"""How fast it is, side by side with the official client: `python -m tests.benchmarks`."""
