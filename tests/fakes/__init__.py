"""In-memory stand-ins for the engine's own ports. What they may promise is proved by `tests.adapters`,
which runs the same tests against them and against the real adapters."""
