"""Speed, requests, CPU and memory, side by side with the official client: `python -m tests.benchmarks`."""
