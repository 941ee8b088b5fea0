"""The way to Redis. A listener has three seconds to answer: Redis is given one, and is not asked again and again."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from bot.settings import BotSettings
from replay_engine import BadConfig

_ANSWER_SECONDS = 1.0


def connect(redis_url: str, *, text: bool = False) -> Redis:
    """Binds to Redis; no request yet. With ``text`` it answers in strings."""
    return Redis.from_url(
        redis_url,
        decode_responses=text,
        socket_timeout=_ANSWER_SECONDS,
        socket_connect_timeout=_ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )


def check(bot: BotSettings) -> None:
    """`BadConfig` unless Redis answers; the URL, which may hold a password, is not repeated."""
    try:
        connect(bot.redis_url.get_secret_value()).ping()
    except ValueError:
        raise BadConfig("REPLAY_REDIS_URL is no Redis URL.", advice="Write it like redis://host:6379/0.") from None
    except RedisError:
        raise BadConfig(
            "REPLAY_REDIS_URL: Redis does not answer.", advice="Check the address and that it runs."
        ) from None
