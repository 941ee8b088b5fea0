"""The operator CLI as people and scripts run it: a process of its own, on real parts."""
