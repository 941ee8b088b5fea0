"""Druid's Coordinator and Overlord: which segments are used, and marking them.

Which segments are a day's, and which may go, is decided in `replay_engine.plan.safety` and `replay_engine.day`.
"""
