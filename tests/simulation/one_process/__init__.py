"""One process at a time: a fault at chosen calls of its ports, and what must hold after each call and at the end."""
