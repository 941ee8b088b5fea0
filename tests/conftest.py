"""What all tests share: the real parts as fixtures."""

pytest_plugins = ["tests.real_parts"]
