"""A process that forks after its first question, as gunicorn and multiprocessing do."""

import os
import time

import pytest

QUESTION = "What follow-up does a solid 7 mm nodule need at high risk?"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_answers_what_its_parent_answers(small_agent):
    kind = small_agent.ask(QUESTION).kind
    child = os.fork()
    if child == 0:
        os._exit(0 if small_agent.ask(QUESTION).kind == kind else 3)
    for _ in range(600):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(0.1)
    else:
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert ended
    assert os.waitstatus_to_exitcode(status) == 0
