"""What is kept beside the data: names of blobs, journals and their lease, manifests, the audit log, progress, replays.

Each module owns a kind of document and its versions. What the documents mean for a day is told by `replay_engine.day`.
"""
