"""What each port promises, asked of the real adapter on a real part and of the in-memory stand-in alike.

So what the other tests prove on the stand-ins speaks about the world. A contract that other folders ask too is a
`*_contract` module; Apache Kafka's is asked in `tests.real`.
"""
