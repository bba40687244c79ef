"""The folders of bundles: which of them go."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from amana import durable

DRAFT: Final = ".draft-"  # what the name of a bundle begins with while it is written
_OURS: Final = re.compile(rf"[0-9a-f]{{64}}|{re.escape(DRAFT)}.+")


def sweep(root: Path, known: Collection[str], before: float) -> tuple[str, ...]:
    """Remove the folders that no release names and that were written earlier, and return their names.

    A worker that died after writing leaves such a bundle, or a draft. Two masks over the same persons must not lie
    about: they show more than either.

    known:  digests of all candidates, published or not.
    before: seconds since 1970; a younger folder may be another worker's, about to be named.
    """
    ours = (each for each in root.iterdir() if _OURS.fullmatch(each.name) and each.name not in known)
    return remove(root, [each.name for each in ours if _written_at(each) < before])


def remove(root: Path, digests: Iterable[str]) -> tuple[str, ...]:
    """Remove bundles, and return those that were there."""
    gone = sorted(each for each in digests if (root / each).is_dir())
    for name in gone:
        shutil.rmtree(root / name, ignore_errors=True)  # another worker may be sweeping too
    if gone:
        durable.sync_folder(root)
    return tuple(gone)


def _written_at(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:  # named, or swept by another worker, since it was listed
        return math.inf
