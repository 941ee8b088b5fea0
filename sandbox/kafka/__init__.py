"""The brokers: the embedded one (tansu), and a real Apache Kafka with the Java and Maven that it needs.

Put here what starts a broker, stops it and fetches its program; what is produced and consumed does not belong here.
"""
