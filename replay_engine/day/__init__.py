"""What may happen to a day, who does it, and what its steps share: locks, backups, verified copies, offsets, sinks.

`lifecycle` is the table to begin with. How lines are published belongs in `replay_engine.publish`, how documents are
kept in `replay_engine.state`.
"""
