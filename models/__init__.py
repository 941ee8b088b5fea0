"""Small TLA+ specifications of the engine's protocols, and ``python -m models``, which has TLC check them."""
