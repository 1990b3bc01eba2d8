"""Tying a child process to its parent, so that even `kill -9` of it leaves nothing behind."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def tied(with_signal: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """What to pass as `preexec_fn`: the child gets `with_signal` when its parent ends.

    The parent is the thread that starts the child. Elsewhere than on Linux it does nothing.
    """
    parent = os.getpid()
    return lambda: tie(parent, with_signal)


def tie(parent: int, with_signal: signal.Signals = signal.SIGTERM) -> None:
    """From now on this process gets `with_signal` when `parent`, its parent, ends."""
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
    if os.getppid() != parent:  # the parent ended before we were tied
        os._exit(1)
