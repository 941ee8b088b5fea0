"""The mutants that neither a schedule nor a test of the engine catches, with what stops the loss instead."""

_ONLY_READS = "what it stands before changes nothing"
_NEXT_GUARD = "the act after it has a guard of its own, or the store refuses it"
_CREATE_ONLY = "the copy is made only where nothing is, of exactly that source: made once too often it changes nothing"
_SAME_LOOK = "put_back has filled the sinks before it; only what goes between the two looks is found by this one"
_OWN_GROUPS = "the groups carry the replay's name: whoever gets the locks has others"

UNCAUGHT: dict[str, str] = {
    "store: touch ignores the ETag": "a touch changes no byte, so a file that somebody wrote meanwhile stays as it is",
    "day.backups.record_copies: without `day.before_act()`": (
        "the record is created once; a second is refused, and read"
    ),
    "day.locks._take: without `day.before_act()` (2)": "what is deleted is a lock that does not count, under its ETag",
    "day.locks._take: `state.delete([(lock, found[0].etag)])` before `day.before_act()`": (
        "what is deleted is a lock that does not count, under its ETag"
    ),
    "day.verified_copy.copy: `before_act()` before `target.delete([(name, found[0].etag)])`": (
        "what is deleted is a copy that ended badly, under its ETag; the copy after it is made only where nothing is"
    ),
    "day.verified_copy.copy: without `before_act()` (2)": _CREATE_ONLY,
    "day.context.Day.segment_store: without `if self.world.segments is None: raise …`": (
        "a runner without Druid is refused before the day's first act"
    ),
    "state.journal.Journal._kept: without `if self._lease is None: raise …`": (
        "nothing appends outside `held`; it tells a mistake in the program"
    ),
    "state.journal.Journal.append: without `self.check_held()`": (
        "the store refuses the append itself: by lease and position"
    ),
    "state.journal.Journal.append: `self._settle_lost()` before `self.check_held()`": _ONLY_READS,
    "state.journal.Journal.append: without `self._settle_lost()`": (
        "the next append is at the wrong position and refused: the run ends, and the next one reads what is there"
    ),
    "state.journal.Journal._settle_lost: without `if tail: raise …`": (
        "the next append is at the wrong position and refused"
    ),
    "day.publisher_offsets._each_producer: without `day.before_act()`": (
        "it fences publishers of the runner that has the day: they are replaced, and go on where they were"
    ),
    "day.sink_files.SinkFiles.set_right: without `self._fill(self._look(prefix))`": _SAME_LOOK,
    "day.sink_files.SinkFiles.set_right: without `self._fill(self._look(prefix))` (2)": _SAME_LOOK,
    "day.sink_files.SinkFiles.set_right: `self._fill(self._look(prefix))` before "
    "`self._do(self._set_aside, self._landed(self._look(prefix), ours))`": _SAME_LOOK,
    "day.sink_files.SinkFiles._check: without `if lacking or untouched or self._landed(look, ours): raise …`": (
        "set_right has just done what it asks for; only what goes between the two is found by this one"
    ),
    "day.sink_files.SinkFiles._set_aside: without `if outcome is Deletion.CHANGED: raise …`": (
        "the delete was refused, so the file stays; the last look of the restore finds it"
    ),
    "day.steps.back_up._equal: without `day.check_cancelled()`": _ONLY_READS,
    "day.steps.check.check: `_check_weight(day)` before `check_heads(blobs, day.world.data, day.world.width, "
    "day.check_cancelled)`": "both only refuse: another sentence is told",
    "day.steps.check.check: `day.promise(inventory)` before `tried = _try_canary(day, blobs, _event_id(day, blobs) "
    "if day.spec.canary else None)`": ("a promise alone changes nothing: a day that is refused is turned back with it"),
    "day.steps.land._look: without `if noted.get('seen') == seen and noted.get('ids'): raise …`": (
        "what is read once more says the same; it only saves the reading"
    ),
    "day.context.Day.look: `check_unchanged(self.plan, fingerprint(inventory))` before "
    "`check_inventory(self.spec, self.plan.day, inventory)`": "both only refuse: another sentence is told",
    "day.landing_proof.put_back: without `if kept is None: raise …`": (
        "back_up records every copy before clear, and a folder is told to be foreign by what its copies hold"
    ),
    "day.steps.check._check_topic: without `day.before_act()`": "a transaction of nothing is begun and aborted",
    "day.steps.check._check_topic: without `day.world.topic.check_positions(group, day.spec.topic)`": (
        "missing rights on positions are found on a real Kafka (tests/real/test_acls.py)"
    ),
    "day.steps.clean_up.clean_up: `release_locks(day)` before `delete_offsets(day)`": _OWN_GROUPS,
    "day.steps.clear.clear: `day.check_cancelled()` before `check_copies(day, _copies(day, promise), "
    "promise.sink_blobs)`": _NEXT_GUARD,
    "day.steps.clear.clear: without `day.check_cancelled()`": _NEXT_GUARD,
    "day.steps.clear.clear: without `if Deletion.CHANGED in outcomes: raise …`": (
        "what was not deleted is found by the listing after it, which refuses as well"
    ),
    "day.steps.give_back.give_back: `release_locks(day)` before `segments = sum((_return_segments(day, "
    "name) for name in list(_documents(day))))`": ("no scenario has another replay that begins just between the two"),
    "day.steps.publish._opened: `_note_done(day, noted['shards'], {}, noted['opened_at'])` before "
    "`open_offsets(day, noted['shards'])`": "a shard without a position is in doubt: the day waits for a person",
    "day.steps.publish._opened: without `day.journal.append(Kind.NOTE, 'publish', facts=noted)`": (
        "whoever comes next opens the positions again; no scenario has one whose settings cut into another number"
    ),
    "day.store_time.stores_time: without `if found is None or found[0].modified_at is None: raise …`": (
        "the store has acknowledged the write a moment before"
    ),
    "day.steps.publish._Watch._hear: `self._wait_for(self._rests)` before `self._came_further_at = "
    "self._day.now()`": _ONLY_READS,
    "day.steps.restore.restore: `release_locks(day)` before `delete_offsets(day)`": _OWN_GROUPS,
    "day.steps.restore._put_back: `wait_for_consumers(day)` before `_check_nobody_else(day, mine)`": _ONLY_READS,
    "day.steps.sweep.sweep: `release_locks(day)` before `deleted = delete_backup(day, day.kept_promise())`": (
        "a closed day has no locks but those that an older program's undo left (tests/old_state)"
    ),
    "day.steps.sweep.sweep: without `release_locks(day)`": (
        "a closed day has no locks but those that an older program's undo left (tests/old_state)"
    ),
    "day.runner._on_request: without `day.journal.append(Kind.INTENT, step.name)`": (
        "the order itself has journaled it; this one tells people of a later attempt"
    ),
    "day.sink_files.SinkFiles.set_right: `self._do(self._set_aside, self._landed(self._look(prefix), "
    "ours))` before `self._fill(self._look(prefix))`": _SAME_LOOK,
    "day.sink_files.SinkFiles.set_right: without `self._check(prefix, ours)`": (
        "set_right has just done what it asks for; only what goes between the two is found by this one"
    ),
    "day.steps.restore._put_back: without `take_locks(day, len(day.journal.entries) - 1)`": (
        "they are held since the claim, or since the undo; an older program may have given them up"
    ),
    "day.steps.restore._put_back: `take_locks(day, len(day.journal.entries) - 1)` before `promise = "
    "day.kept_promise()`": _ONLY_READS,
    "day.steps.undo.undo: `day.kept_promise()` before `standing = recall(day.journal.entries)`": _ONLY_READS,
    "day.steps.undo.undo: `take_locks(day, len(day.journal.entries) - 1)` before `day.kept_promise()`": (
        "an undo that is called off gives its locks up"
    ),
    "day.canary.try_out: `_forget(day)` before `left = _waited_for(day, canary, _Watch(day, canary, lines, event_id, "
    "sent))`": "the journal says by then that they were sent: no one asks for the position again",
    "day.canary._send: without `day.before_act()`": (
        "beginning fences the publisher of whoever had the day, and the position says whether they were sent"
    ),
    "day.steps.publish._Watch._tell_of_the_limit: without `self._wait_for(rests)`": (
        "it only tells, and is told with the next commit, too"
    ),
}
