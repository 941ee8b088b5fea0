"""The operator CLI ``replay``: commands, their options, what is asked of people, tables and JSON.

What a command does to a replay belongs in `replay_engine.engine`; nothing here knows a store, a topic or Druid.
"""
