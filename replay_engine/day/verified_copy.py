"""One verified server-side copy: the only way a byte moves between places.

If the process dies here the copy may be there, half there or pending; taking it again is harmless. A copy is made
only where nothing is, so one that arrives late changes nothing. It counts when the store says that the copy of
exactly that source (its ETag was the condition) ended in success, that nobody has written to it since, and the size
is equal. MD5 is compared where it is known, but proves little: it is a label that the copy carries along.
"""

import hashlib
from collections.abc import Callable

from replay_engine.errors import CopyFailed, StalePlan, TryAgain
from replay_engine.model import Blob
from replay_engine.ports import BlobChanged, BlobExists, BlobMissing, BlobStore, Clock, CopyState

_POLL_SECONDS = 0.2
_PATIENCE_POLLS = 3000
#: A copy that ended badly is a blob of ours without worth.
_ENDED_BADLY = (CopyState.FAILED, CopyState.ABORTED)


def with_md5(store: BlobStore, blob: Blob) -> Blob:
    """The blob with its MD5: the store's own, or computed by reading it where the store keeps none."""
    return blob if blob.md5 else read_md5(store, blob)


def read_md5(store: BlobStore, blob: Blob) -> Blob:
    """The blob with the MD5 of its bytes, whatever the store says; `StalePlan` when it is another by now."""
    digest = hashlib.md5(usedforsecurity=False)
    try:
        for chunk in store.read(blob.name, blob.etag):
            digest.update(chunk)
    except (BlobChanged, BlobMissing) as error:
        raise _changed(blob) from error
    return Blob(blob.name, blob.size_bytes, blob.etag, digest.hexdigest(), blob.modified_at)


def copy(
    source: BlobStore, original: Blob, target: BlobStore, name: str, clock: Clock, before_act: Callable[[], None]
) -> Blob:
    """Copy exactly ``original`` (its ETag) to ``name``, wait for ``success`` and compare.

    A copy that is already there is left alone if it counts; one that is pending is waited for, one that ended badly
    is made again. ``before_act`` is called right before each act. Returns the copy, with its own ETag. Raises
    `StalePlan` when the original is another by now, `CopyFailed` when the copy is not equal to it or something else
    has the name.
    """
    found = _ended(target, name, clock)
    if found is not None and found[1] not in _ENDED_BADLY:
        return _checked(target, found, original, name)
    before_act()
    if found is not None:
        target.delete([(name, found[0].etag)])
        before_act()
    start(source, original, target, name)
    return ended(target, original, name, clock)


def start(source: BlobStore, original: Blob, target: BlobStore, name: str) -> CopyState | None:
    """Begin the copy without a look at what is there; ``None`` where the name was taken.

    It may have been taken by our own request, sent twice. `ended` must say that the copy is right.
    """
    try:
        return target.start_copy(source, original.name, original.etag, name)
    except (BlobChanged, BlobMissing) as error:
        raise _changed(original) from error
    except BlobExists:
        return None


def ended(target: BlobStore, original: Blob, name: str, clock: Clock) -> Blob:
    """Wait for a copy that was begun, and compare it; `CopyFailed` when it does not count."""
    found = _ended(target, name, clock)
    if found is None:
        raise CopyFailed(f"The copy of {original.name} is not there.", advice="The original was left alone.")
    return _checked(target, found, original, name)


def _ended(target: BlobStore, name: str, clock: Clock) -> tuple[Blob, CopyState | None] | None:
    """What is there once no copy to it is pending any more."""
    for _ in range(_PATIENCE_POLLS):
        found = target.head(name)
        if found is None or found[1] is not CopyState.PENDING:
            return found
        clock.sleep(_POLL_SECONDS)
    raise TryAgain(f"The copy to {name} is still pending.", advice="The store is slow; it is looked at again.")


def _checked(target: BlobStore, found: tuple[Blob, CopyState | None], original: Blob, name: str) -> Blob:
    blob, state = found
    if state in _ENDED_BADLY:
        raise CopyFailed(f"The copy of {original.name} ended as {state}.", advice="The original was left alone.")
    if state is None:
        raise CopyFailed(f"{name} is taken by something else.", advice="Look at it; nothing was overwritten.")
    if blob.size_bytes != original.size_bytes or not with_md5(target, blob).same_content(original):
        raise CopyFailed(f"The copy of {original.name} is not equal to it.", advice="The original was left alone.")
    return blob


def _changed(original: Blob) -> StalePlan:
    return StalePlan(f"{original.name} has changed or gone meanwhile.", advice="Plan again and confirm that.")
