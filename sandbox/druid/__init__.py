"""A stand-in for Apache Druid: what it knows of segments, and the server that answers as the real one does.

Put here what Druid itself does and says; which segments the platform's events go to is the world's business.
"""
