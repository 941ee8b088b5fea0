"""What a replay would do: what is there now, the rules that a day must keep, the estimate, and the frozen document.

Reads only. Whatever changes a day belongs in `replay_engine.day`.
"""
