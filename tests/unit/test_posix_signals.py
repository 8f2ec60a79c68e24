"""A supervised program stops."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux")


# What a program printed just before it stopped is on its way: read, and not yet written.
STOPPED = """
import os, signal, sys, threading, time
from vault.system.posix import signals

class Slow:
    busy = True
    source = os.pipe()[0]

def written():
    time.sleep(0.2)
    print("what it printed", flush=True)
    Slow.busy = False

threading.Thread(target=written).start()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})
signals.stop_like(signal.SIGTSTP, [Slow])
"""


@posix_only
def test_what_was_printed_is_shown_before_a_stop() -> None:
    """Our shell says that the job has stopped, and not before what it said."""
    # A group without a shell above it is orphaned, and nobody stops in it: so this process is its parent.
    child = subprocess.Popen([sys.executable, "-c", STOPPED], stdout=subprocess.PIPE, process_group=0)
    assert child.stdout is not None
    try:
        _, status = os.waitpid(child.pid, os.WUNTRACED)
        os.set_blocking(child.stdout.fileno(), False)
        assert (True, b"what it printed\n") == (os.WIFSTOPPED(status), child.stdout.read())
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
