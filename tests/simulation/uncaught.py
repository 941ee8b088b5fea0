"""The mutants that the simulator does not catch, and why: what stops them, or what they cannot harm."""

UNCAUGHT: dict[str, str] = {}
