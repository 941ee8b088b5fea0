"""Real processes, really killed, on real parts; what they leave must always be carried on to its right end.

Lives in memory, many more of them, are in `tests.simulation`; what needs Apache Kafka is in `tests.real.publishing`.
"""
