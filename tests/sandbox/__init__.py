"""Tests of the sandbox: that its stand-ins behave as what they stand in for."""
