"""The whole engine on ports in memory, dying and failing at every place it can.

`mortal` is what dies, `life` is one schedule and what must hold in it. All of it is deterministic: a schedule
that fails can be played again from its numbers.
"""
