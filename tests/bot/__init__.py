"""Tests of the bot: pure parts, its records and jobs on real Valkey, and whole conversations on real parts."""
