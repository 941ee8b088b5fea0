"""Everything that all processes did in one schedule, in order, and what must not be among it."""
