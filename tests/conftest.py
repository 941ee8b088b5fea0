"""What all tests share: the real parts, and figures that are printed at the end."""

pytest_plugins = ["tests.real_parts", "tests.figures"]
