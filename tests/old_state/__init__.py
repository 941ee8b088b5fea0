"""Days that an earlier version of the program began, carried on by this one."""
