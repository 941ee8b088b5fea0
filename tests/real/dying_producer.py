"""A program that dies by SIGKILL inside a transaction, its line acknowledged: ``BOOTSTRAP TOPIC SHARD TIMEOUT_MS``."""

import os
import signal
import sys

from confluent_kafka import Producer


def main() -> None:
    bootstrap, topic, shard, timeout_ms = sys.argv[1:]
    producer = Producer(
        {"bootstrap.servers": bootstrap, "transactional.id": shard, "transaction.timeout.ms": int(timeout_ms)}
    )
    producer.init_transactions(60)
    producer.begin_transaction()
    producer.produce(topic, b"lost")
    if producer.flush(60) == 0:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
