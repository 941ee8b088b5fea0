"""One replay of one day, brought to every situation in which a process can have left it, and written down.

No part of the tests. A process is killed at a call that is found by its name in the log of a rehearsal: a life in which
nothing happens.
"""
