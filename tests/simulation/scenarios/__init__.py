"""Which processes there are, in which world, what they are told to do, and what must hold when all is over."""
