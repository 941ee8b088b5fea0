"""What all our Kafka clients share: properties, how they are made, and what their errors mean."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException

from replay_engine.errors import BadConfig, NotAllowed, TryAgain

C = TypeVar("C")

ANSWER_SECONDS = 10.0
#: Not to begin anew with the broker list when no broker answers: a transaction may then wait for ever for a
#: coordinator that librdkafka has thrown away (its issue 5511). Each of our clients lives no longer than its trouble.
DEFAULTS: Mapping[str, str] = {"metadata.recovery.strategy": "none"}
_OURS = {"bootstrap.servers", "enable.idempotence", "acks", "transactional.id", "group.id", "isolation.level"}
NOT_ALLOWED = {
    KafkaError._AUTHENTICATION,
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    KafkaError._SSL,
}

# librdkafka would print its connection log on stderr; what matters of it is in the errors.
QUIET = logging.getLogger("replay_engine.kafka")
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False


def read_properties(path: Path | None) -> dict[str, str]:
    """A librdkafka properties file: ``key=value`` lines, ``#`` comments; `BadConfig` names the line, not its value."""
    if path is None:
        return {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise BadConfig(f"REPLAY_KAFKA_PROPERTIES cannot be read: {why}.", advice="Check the path.") from None
    properties = {}
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            key, equals, value = line.partition("=")
            if not equals or key.strip() in _OURS:
                raise BadConfig(
                    f"Line {number} of REPLAY_KAFKA_PROPERTIES cannot be used.",
                    advice=f"Not settable: {sorted(_OURS)}.",
                )
            properties[key.strip()] = value.strip()
    return properties


def made(kind: Callable[[dict[str, Any]], C], config: dict[str, Any]) -> C:
    """A client; `BadConfig` for properties that librdkafka does not take."""
    try:
        return kind({**config, "logger": QUIET})
    except KafkaException as error:
        raise _unusable(error.args[0].str()) from None
    except (TypeError, ValueError) as error:
        raise _unusable(str(error)) from None


def _unusable(why: str) -> BadConfig:
    return BadConfig(
        f"The broker list or Kafka properties cannot be used: {why.rstrip('.')}.",
        advice="Check REPLAY_BROKER_LIST and REPLAY_KAFKA_PROPERTIES.",
    )


@contextmanager
def consumer(config: Mapping[str, Any], group: str) -> Iterator[Consumer]:
    """A consumer that only asks: it joins no group and commits nothing."""
    client = made(Consumer, {**config, "group.id": group, "enable.auto.commit": False})
    try:
        yield client
    except KafkaException as error:
        raise no_answer(error.args[0]) from error
    finally:
        client.close()


def no_answer(error: KafkaError) -> NotAllowed | TryAgain:
    """What an error of a request means: nobody may ask, or nobody answers."""
    if error.code() in NOT_ALLOWED:
        return NotAllowed(
            f"Kafka does not allow it: {error.str().rstrip('.')}.",
            advice="Check REPLAY_KAFKA_PROPERTIES and the user's ACLs (see docs/configuration.md).",
        )
    return TryAgain(f"Kafka does not answer: {error.str()}.")
