"""Tests of the sandbox: that its stand-ins behave as what they stand in for.

The Slack stand-in has a folder of its own in here; what runs on the sandbox is tested elsewhere.
"""
