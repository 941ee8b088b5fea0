"""Real processes, really killed, on real parts; what they leave must always be carried on to its right end."""
