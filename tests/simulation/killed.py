"""The death of a simulated process."""


class Killed(BaseException):
    """SIGKILL: nothing the program does can catch it, and nothing it does afterwards has any effect."""
