"""The document of a tree: a whole world, and what the program that made it says of it."""

import base64
from datetime import datetime
from typing import Any

from replay_engine.verify.verify import verify
from tests.fakes.account import Stored
from tests.helpers.scene import EVENTS, TOPIC, Scene
from tests.old_state.write_trees.past import Past


def document(past: Past) -> dict[str, Any]:
    """The whole world, and what the program that made it says of it."""
    scene, account, cluster = past.scene, past.account, past.scene.cluster
    account.leases.clear()
    written = account.written_at
    return {
        "now": scene.clock.now().isoformat(),
        "containers": {
            container: {name: _stored(stored, written[container, name]) for name, stored in blobs.items()}
            for container, blobs in account.containers.items()
        },
        "writes": account._writes,
        "pending": [
            {"container": c.container, "name": c.name, "etag": c.etag, "ending": _stored(c.ending)}
            for c in account.pending
        ],
        "lost": [{"container": c, "name": name, "blob": _stored(stored)} for c, name, stored in past.lost],
        "lost_segments": past.lost_segments,
        "segments": _segments(scene),
        "cluster": {
            "transactional": cluster.transactional,
            "partitions": [[None if line is None else _text(line) for line in part] for part in cluster.topics[TOPIC]],
            "groups": [
                {"group": group, "topic": topic, "offsets": {str(p): o for p, o in offsets.items()}}
                for (group, topic), offsets in cluster.groups.items()
            ],
            "positions": {group: [at.line, at.note] for group, at in cluster.positions.items()},
            "epochs": dict(cluster.epochs),
        },
        "before": {name: _text(data) for name, data in scene.before.items()},
        "segments_before": scene.segments_before,
        "keep_backups_for_seconds": scene.keep_backups_for.total_seconds(),
        "said": _said(past),
    }


def _stored(stored: Stored, written_at: datetime | None = None) -> dict[str, Any]:
    told = {
        "data": _text(stored.data),
        "etag": stored.etag,
        "has_md5": stored.has_md5,
        "is_log": stored.is_log,
        "copied": stored.copied,
    }
    return {**told, "written_at": written_at.isoformat()} if written_at else told


def _segments(scene: Scene) -> list[dict[str, Any]]:
    state = scene.segments.state
    used = {segment.id for segment in state.used(EVENTS)}
    # In the order in which they were added, which gives them their partition numbers again.
    segments = sorted([*state.used(EVENTS), *state.unused(EVENTS)], key=lambda s: (s.interval.start_ms, s.partition))
    return [
        {
            "datasource": segment.datasource,
            "start": segment.interval.start,
            "end": segment.interval.end,
            "version": segment.version,
            "core_partitions": segment.core_partitions,
            "rows": list(segment.rows),
            "used": segment.id in used,
        }
        for segment in segments
    ]


def _said(past: Past) -> dict[str, Any]:
    """How the day stands, and whether the world is right."""
    standing = past.scene.standing(past.plan)
    (report,) = past.scene.walk(past.plan).standing().days
    (found,) = verify(past.plan, past.scene.world(), ()).days
    return {
        "standing": {
            "stage": standing.stage,
            "turned_back": standing.turned_back,
            "held": standing.held,
            "let_go": standing.let_go,
            "error": standing.error,
        },
        "report": {"stage": report.stage, "error": report.error, "lines_published": report.lines_published},
        "wrong": [finding.text for finding in found.findings if not finding.right],
    }


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
