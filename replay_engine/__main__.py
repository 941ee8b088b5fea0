"""``python -m replay_engine``: the operator CLI ``replay``."""

from replay_engine.cli.commands import main

if __name__ == "__main__":
    main()
