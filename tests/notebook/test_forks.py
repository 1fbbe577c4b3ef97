"""A child process that a cell makes by fork uses the sessions of the kernel."""

POOL = """
import multiprocessing
from tracker_magic import current

def numbers(queue):
    rows = %tracker count Queue: {{queue}}
    return rows, current().count(f"Queue: {queue}")

queues = ["DEV", "OPS"] * 10
expected = [numbers(queue) for queue in queues]
with multiprocessing.get_context("fork").Pool(2) as pool:
    answers = pool.map_async(numbers, queues, chunksize=1).get(20)
answers == expected, len(set(answers))
"""


def test_processes_of_a_pool_use_the_session_of_the_kernel(kernel):
    """The magic and `current()` give every process the answers to its own questions, and the kernel goes on."""
    cell = kernel.run(POOL)
    assert cell.error is None
    assert cell.result == "(True, 2)"
    assert kernel.run("numbers('DEV') == expected[0]").result == "True"
