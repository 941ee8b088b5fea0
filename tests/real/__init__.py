"""What a real Apache Kafka does, as the program relies on it, and the `Topic` contract on it; `make test-real`.

Whatever the embedded broker can show is not here, but in `tests.adapters`; whole days are in `tests.real.publishing`.
"""
