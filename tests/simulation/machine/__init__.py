"""Several processes on one virtual clock: the scheduler, the processes with their ports, and what strikes them."""
