"""The whole engine on ports in memory, dying and failing at every place it can.

`one_process` is one process at a time with a fault at chosen calls. `machine` interleaves several processes on one
virtual clock; `history` records what they did and judges it; `scenarios` are which processes there are, and in which
world. `mutants` take one thing out of the engine, or out of the stores, and look for what notices. Imports run from
`mutants` to `scenarios`, `machine` and `history`; tests of all of them are here. All of it is deterministic: a schedule
that fails can be played again from its numbers.
"""
