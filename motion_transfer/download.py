"""Published files that are fetched once and kept."""

import hashlib
import urllib.request
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError

from motion_transfer.cache_dir import cache_dir
from motion_transfer.errors import CheckpointError
from motion_transfer.files import atomic_path
from motion_transfer.progress import ProgressCallback, no_progress

SECONDS = 15.0
"""Longest wait for an answer, so that a machine without network goes on soon."""
BLOCK = 1 << 20


def cached_download(url: str, *, sha256: str, progress: ProgressCallback = no_progress) -> Path:
    """The file at an address, from the cache or else downloaded into it.

    Args:
        url: its last part is the file's name.
        sha256: the digest in hexadecimal, or as much of its beginning as is known.
        progress: called with (stage, done, total), for the bytes.

    Raises:
        CheckpointError: it cannot be fetched, or is not the file that was asked for.
        OutputError: the disk is full.
    """
    path = cache_dir() / url.rpartition("/")[2]
    if path.is_file():
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as temporary:
            digest = _fetch(url, temporary, progress)
            if not digest.startswith(sha256):
                raise CheckpointError(
                    f"what {url} gave has the SHA-256 {digest}; expected {sha256}... It is not kept. Try again, or get "
                    "the file in another way."
                )
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError):
            error.close()  # it is the server's answer too, with its connection
        raise CheckpointError(f"{url} cannot be downloaded to {path.parent} ({error}).") from error
    return path


def _fetch(url: str, path: Path, progress: ProgressCallback) -> str:
    """Download to `path`; the content's SHA-256 in hexadecimal."""
    digest, done = hashlib.sha256(), 0
    with urllib.request.urlopen(url, timeout=SECONDS) as answer, path.open("wb") as file:
        total = int(answer.headers.get("Content-Length") or 0) or None
        while block := answer.read(BLOCK):
            file.write(block)
            digest.update(block)
            done += len(block)
            progress(f"downloading {path.suffix[1:]}", done, total)
    if total and done < total:
        raise OSError(f"{done} of {total} bytes came")
    return digest.hexdigest()
