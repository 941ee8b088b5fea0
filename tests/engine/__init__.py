"""The engine: its parts on the in-memory ports, and the ports' contracts on both."""
