"""``python -m replay_engine.publisher``, with an engine that does what the test says."""

from replay_engine import publisher
from tests.fakes.scripted_engine import ScriptedEngine

if __name__ == "__main__":
    vars(publisher)["Engine"] = ScriptedEngine
    publisher.main()
