"""Days that are published to a real Apache Kafka: killed, frozen, overtaken, without a broker.

What Kafka itself does with transactions, positions and sizes is in `tests.real`.
"""
