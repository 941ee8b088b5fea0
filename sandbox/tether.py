"""Become another program that dies with its parent, however the parent dies.

Run as a script: ``python tether.py <parent pid> <signal> program argument…``. It asks the kernel for the
signal, then turns into the program, so no process stands in between. It is a program of its own, not a
``preexec_fn``, because code between fork and exec is unsafe in a process with threads. Where the kernel has
no such call (macOS), the program simply runs.

The kernel watches the *thread* that started this process: start it from one that lives as long as the
child.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, signal, *command = sys.argv[1:]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, int(signal), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != int(parent):
        sys.exit("the parent died before its child began")
    os.execvp(command[0], command)  # noqa: S606 - becoming the program is the whole purpose


if __name__ == "__main__":
    main()
