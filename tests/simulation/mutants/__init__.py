"""Mutants of the engine and of its world, one at a time, and what catches each of them.

The simulator catches one when a schedule goes wrong with it that goes well without it. What no schedule catches is
looked for by the engine's other tests; what they miss, too, stands in `uncaught` with the reason.
"""
