"""The whole engine on ports in memory, dying and failing at every place it can.

`one_process` is one process at a time, with a fault at chosen calls. `machine` interleaves several processes on one
virtual clock, `history` records what they did and judges it, and `scenarios` says which processes there are, in which
world, and how it must end. `mutants` takes one thing out of the engine, or out of the stores, and looks for what
notices. Imports run down: `mutants`, `scenarios`, `machine`, `history`; `one_process` knows none of them.

All of it is deterministic: a schedule that fails can be played again from its numbers.
"""
