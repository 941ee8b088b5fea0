"""One verified server-side copy: the only way a byte moves between places.

If the process dies here the copy may be there, half there or pending; taking it again is harmless. It never
reports success for a copy whose size or MD5 it has not compared.
"""

import hashlib

from replay_engine.errors import CopyFailed, StalePlan, TryAgain
from replay_engine.model import Blob
from replay_engine.ports import BlobChanged, BlobExists, BlobMissing, BlobStore, Clock, CopyState

_POLL_SECONDS = 0.2
_PATIENCE_POLLS = 3000


def with_md5(store: BlobStore, blob: Blob) -> Blob:
    """The blob with its MD5: the store's own, or computed by reading it where the store keeps none."""
    if blob.md5:
        return blob
    digest = hashlib.md5(usedforsecurity=False)
    try:
        for chunk in store.read(blob.name, blob.etag):
            digest.update(chunk)
    except (BlobChanged, BlobMissing) as error:
        raise _changed(blob) from error
    return Blob(blob.name, blob.size_bytes, blob.etag, digest.hexdigest())


def copy(
    source: BlobStore, original: Blob, target: BlobStore, name: str, clock: Clock, *, overwrite: bool = True
) -> Blob:
    """Copy exactly ``original`` (its ETag) to ``name``, wait for ``success`` and compare size and MD5.

    A copy that is already there and equal is left alone; one that is pending is waited for. Returns the copy,
    with its own ETag. Raises `StalePlan` when the original is another by now, `CopyFailed` when the copy is not
    equal to it or, with ``overwrite`` false, when something else has the name.
    """
    there = _equal(target, _ended(target, name, clock), original)
    if there is not None:
        return there
    taken = start(source, original, target, name, overwrite=overwrite) is None
    return ended(target, original, name, clock, taken=taken)


def start(
    source: BlobStore, original: Blob, target: BlobStore, name: str, *, overwrite: bool = True
) -> CopyState | None:
    """Begin the copy without a look at what is there; ``None`` where the name was taken.

    It may have been taken by our own request, sent twice. `equal` or `ended` must say that the copy is right.
    """
    try:
        return target.start_copy(source, original.name, original.etag, name, overwrite=overwrite)
    except (BlobChanged, BlobMissing) as error:
        raise _changed(original) from error
    except BlobExists:
        return None


def ended(target: BlobStore, original: Blob, name: str, clock: Clock, *, taken: bool = False) -> Blob:
    """Wait for a copy that was begun, and compare it; `CopyFailed` when it is not equal."""
    found = _ended(target, name, clock)
    there = _equal(target, found, original)
    if there is None:
        raise _failed(original, name, found[1] if found else None, taken=taken)
    return there


def equal(target: BlobStore, found: Blob | None, original: Blob) -> Blob:
    """Compare a copy that has ended in success with the original; `CopyFailed` when it is not equal, or gone."""
    there = _equal(target, (found, CopyState.SUCCESS) if found else None, original)
    if there is None:
        raise _failed(original, original.name, CopyState.SUCCESS, taken=False)
    return there


def _ended(target: BlobStore, name: str, clock: Clock) -> tuple[Blob, CopyState | None] | None:
    """What is there once no copy to it is pending any more."""
    for _ in range(_PATIENCE_POLLS):
        found = target.head(name)
        if found is None or found[1] is not CopyState.PENDING:
            return found
        clock.sleep(_POLL_SECONDS)
    raise TryAgain(f"The copy to {name} is still pending.", advice="The store is slow; it is looked at again.")


def _equal(target: BlobStore, found: tuple[Blob, CopyState | None] | None, original: Blob) -> Blob | None:
    if found is None or found[1] not in (CopyState.SUCCESS, None) or found[0].size_bytes != original.size_bytes:
        return None
    blob = with_md5(target, found[0])
    return blob if blob.same_content(original) else None


def _failed(original: Blob, name: str, state: CopyState | None, *, taken: bool) -> CopyFailed:
    if taken:
        return CopyFailed(f"{name} is taken by something else.", advice="Look at it; nothing was overwritten.")
    if state in (CopyState.SUCCESS, None):
        return CopyFailed(f"The copy of {original.name} is not equal to it.", advice="The original was left alone.")
    return CopyFailed(f"The copy of {original.name} ended as {state}.", advice="The original was left alone.")


def _changed(original: Blob) -> StalePlan:
    return StalePlan(f"{original.name} has changed or gone meanwhile.", advice="Plan again and confirm that.")
