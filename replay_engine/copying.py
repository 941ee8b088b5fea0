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

    A copy that is already there and equal is left alone. Returns the copy, with its own ETag. Raises
    `StalePlan` when the original is another by now, `CopyFailed` when the copy is not equal to it or, with
    ``overwrite`` false, when something else has the name.
    """
    there = _equal_copy(target, name, original)
    if there is not None:
        return there
    try:
        state = target.start_copy(source, original.name, original.etag, name, overwrite=overwrite)
    except (BlobChanged, BlobMissing) as error:
        raise _changed(original) from error
    except BlobExists as error:
        raise CopyFailed(
            f"{name} is taken by something else.", advice="Look at it; nothing was overwritten."
        ) from error
    _wait(target, name, clock, state)
    there = _equal_copy(target, name, original)
    if there is None:
        raise CopyFailed(f"The copy of {original.name} is not equal to it.", advice="The original was left alone.")
    return there


def _wait(target: BlobStore, name: str, clock: Clock, state: CopyState | None) -> None:
    for _ in range(_PATIENCE_POLLS):
        if state is not CopyState.PENDING:
            break
        clock.sleep(_POLL_SECONDS)
        found = target.head(name)
        state = found[1] if found else CopyState.ABORTED
    if state is CopyState.PENDING:
        raise TryAgain(f"The copy to {name} is still pending.", advice="The store is slow; it is looked at again.")
    if state not in (CopyState.SUCCESS, None):
        raise CopyFailed(f"The copy to {name} ended as {state}.", advice="The original was left alone.")


def _equal_copy(target: BlobStore, name: str, original: Blob) -> Blob | None:
    found = target.head(name)
    if found is None or found[1] not in (CopyState.SUCCESS, None):
        return None
    blob = found[0]
    if blob.size_bytes != original.size_bytes:
        return None
    blob = with_md5(target, blob)
    return blob if blob.same_content(original) else None


def _changed(original: Blob) -> StalePlan:
    return StalePlan(f"{original.name} has changed or gone meanwhile.", advice="Plan again and confirm that.")
