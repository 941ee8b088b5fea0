"""The ports of `replay_engine.ports` on real parts: Azure, Kafka, Druid, local processes, threads and the clock.

An adapter translates every vendor's error into `replay_engine.errors` and decides nothing; only here are SDKs imported.
"""
