"""What generated telemetry is made of: channels, producers, and the ``edata`` of each kind of event."""

from collections.abc import Callable
from random import Random
from typing import Any

Json = dict[str, Any]

CHANNELS = ["01246944855007232011", "0126825293972439041", "in.ekstep", "channel"]

PRODUCERS: list[Json] = [
    {"id": "prod.diksha.app", "pid": "sunbird.app", "ver": "2.6.204"},
    {"id": "prod.diksha.portal", "pid": "sunbird-portal.contentplayer", "ver": "2.4.0"},
    {"id": "prod.sunbird.learning.service", "pid": "learner-service", "ver": "1.15"},
]

TEXTS = [
    "Photosynthesis in plants, chapter 4",
    "प्रकाश संश्लेषण – कक्षा ७",
    "ஒளிச்சேர்க்கை: வகுப்பு 8",
    "ప్రకాశసంశ్లేషణ 🌱",
    'ಕನ್ನಡ ಪಾಠ ೩ "ಹಸಿರು"',
    "Tabs\tand \\ backslashes \u2028 and separators",
    "",
]

PAGES = ["library", "content-detail", "course", "profile", "explore-page", "qr-code-scanner"]
FRAMES = [
    "org.sunbird.common.request.BaseRequestValidator.validateParam(BaseRequestValidator.java:53)",
    "controllers.skills.UserSkillEndorsementController.addEndorsement(UserSkillEndorsementController.java:18)",
    "router.Routes$$anonfun$routes$1$$anonfun$applyOrElse$103.apply(Routes.scala:3060)",
    "play.core.routing.HandlerInvokerFactory$$anon$5.resultCall(HandlerInvoker.scala:139)",
    "akka.dispatch.ForkJoinExecutorConfigurator$AkkaForkJoinTask.exec(ForkJoinExecutorConfigurator.scala:44)",
]

_WEIGHTS = {
    "INTERACT": 36,
    "IMPRESSION": 19,
    "LOG": 14,
    "START": 7,
    "END": 7,
    "SEARCH": 5,
    "AUDIT": 4,
    "ERROR": 3,
    "FEEDBACK": 3,
    "SUMMARY": 2,
}


def weighted_eid(random: Random) -> str:
    """A kind of event, as often as it occurs among what devices and services send."""
    return random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]


def _interact(random: Random) -> Json:
    position = {"x": random.randrange(1080), "y": random.randrange(1920)}
    values = [{"title": random.choice(TEXTS), "position": position}, {"networkType": "mobile"}]
    extra = {"pos": [position], "values": values}
    return {"type": "TOUCH", "subtype": "", "id": _id(random), "pageid": random.choice(PAGES), "extra": extra}


def _impression(random: Random) -> Json:
    visits = [
        {"objid": _id(random), "objtype": "Content", "index": index, "section": random.choice(TEXTS)}
        for index in range(random.randrange(1, 7))
    ]
    return {
        "type": "view",
        "pageid": random.choice(PAGES),
        "uri": f"/explore?{_id(random)}",
        "visits": visits,
    }


def _log(random: Random) -> Json:
    params: list[Json] = [{"duration": random.randrange(900) * 1.0}, {"method": "POST"}, {"status": "200"}]
    if random.random() < 0.15:
        # A few lines are many times longer than the rest.
        depth = random.choice([20, 40, 80, 160])
        params.append({"stacktrace": "\n".join(random.choice(FRAMES) for _ in range(depth))})
    params.append({"url": "/v1/user/skill/update"})
    return {"type": "api_access", "level": "info", "message": random.choice(TEXTS), "params": params}


def _error(random: Random) -> Json:
    trace = "\n\tat ".join(random.choice(FRAMES) for _ in range(random.randrange(3, 12)))
    return {"err": "SERVER_ERROR", "errtype": "SYSTEM", "stacktrace": trace, "pageid": random.choice(PAGES)}


def _feedback(random: Random) -> Json:
    return {
        "rating": random.randrange(1, 6) * 1.0,
        "comments": random.choice(TEXTS),
        "commentid": _id(random),
    }


def _search(random: Random) -> Json:
    top = [{"identifier": _id(random), "score": random.random() * 90} for _ in range(random.randrange(9))]
    filters = {"board": ["CBSE"], "medium": ["English", "हिन्दी"], "status": ["Live"]}
    query = random.choice(TEXTS)
    return {"type": "content", "query": query, "filters": filters, "sort": {}, "size": len(top), "topn": top}


def _audit(_: Random) -> Json:
    return {"state": "update", "prevstate": "create", "props": ["ProfileVisibility", "framework", "पता"]}


def _start(random: Random) -> Json:
    device = {
        "os": "Android 8.1.0",
        "make": random.choice(["Xiaomi Redmi 5A", "samsung SM-J710F"]),
        "cpu": "abi:arm64",
    }
    return {
        "type": "session",
        "mode": "play",
        "pageid": random.choice(PAGES),
        "dspec": device,
        "loc": "ಬೆಂಗಳೂರು",
    }


def _end(random: Random) -> Json:
    progress = {"progress": random.randrange(101), "length": random.randrange(30)}
    return {
        "type": "session",
        "pageid": random.choice(PAGES),
        "duration": random.random() * 900,
        "summary": [progress],
    }


def _summary(random: Random) -> Json:
    visits = [{"page": random.choice(PAGES), "visitcount": random.randrange(1, 9)} for _ in range(random.randrange(6))]
    totals = {
        "timespent": random.random() * 900,
        "pageviews": len(visits),
        "interactions": random.randrange(99),
    }
    return {"type": "app", "mode": "play", **totals, "pagesummary": visits}


def _workflow_summary(random: Random) -> Json:
    spans = [{"type": kind, "timeSpent": random.random() * 90.0, "visitCount": 1.0} for kind in PAGES]
    return {
        "eks": {
            "start_time": 1.5e12,
            "time_spent": random.random() * 900,
            "item_responses": [],
            "env_summary": spans,
        }
    }


def _id(random: Random) -> str:
    return f"do_312{random.randrange(10**17):017d}"


EVENT_DATA: dict[str, Callable[[Random], Json]] = {
    "INTERACT": _interact,
    "IMPRESSION": _impression,
    "LOG": _log,
    "START": _start,
    "END": _end,
    "SEARCH": _search,
    "AUDIT": _audit,
    "ERROR": _error,
    "FEEDBACK": _feedback,
    "SUMMARY": _summary,
    "ME_WORKFLOW_SUMMARY": _workflow_summary,
}
"""How the ``edata`` of each kind of event is made."""
