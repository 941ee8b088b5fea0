"""From what a person asked, the config document and the settings to a spec with nothing left open; retries, too.

Pure: whether the world can do it is looked at in `replay_engine.plan`, and nothing here reads a store.
"""
