"""Poses that were found before, in files named after a hash of all that they depend on.

    DIR/poses/3f/3f9c...npz

One half of the name is a hash of the video file's content, by which `forget` finds all that is of one video. The other
half is of the pose stage's settings that matter, the person, the part of the clip, and the code that finds poses.
Several processes may use one folder: entries appear by a rename, and one that is damaged or gone is made again.
"""

import hashlib
import json
import os
import stat
import time
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from motion_transfer.config import PoseSettings
from motion_transfer.errors import ConfigError, OutputError, PoseError
from motion_transfer.files import atomic_path
from motion_transfer.pose import LARGEST, PoseSequence, estimate_poses, load_poses, save_poses
from motion_transfer.progress import ProgressCallback, no_progress, recorded_warnings
from motion_transfer.types import StrPath
from motion_transfer.user_dirs import cache_dir
from motion_transfer.video import VideoReader, probe

PLACE = "MOTION_TRANSFER_CACHE"  # the environment variable that names the folder, or says "off"
LIMIT = "MOTION_TRANSFER_CACHE_GB"  # the environment variable that says how large the folder may become
GIGABYTES = 4.0  # the limit without it: about five hours of poses at 30 frames a second take one gigabyte
KEPT_SHARE = 0.9  # share of the limit that remains after an eviction, so that not every new entry needs one
STORES_PER_CHECK = 64  # so many entries a process stores between two comparisons of the folder's size with the limit
ABANDONED = 3600.0  # seconds after which an unfinished file belongs to a process that was killed
HALF = 32  # hexadecimal digits of an address that are of the video's content, and as many of all else
CLEANING = frozenset({"workers", "max_gap", "outliers", "smoothing", "window", "span"})
"""Settings of the pose stage that raw poses do not depend on."""


@dataclass
class PoseCache:
    """Poses by what they depend on."""

    folder: Path
    limit: float = GIGABYTES * 1e9  # bytes; beyond it, what was used least recently is deleted
    found: int = 0  # how often this process took poses from here
    missed: int = 0  # how often they had to be made
    _stored: int = field(default=0, repr=False)

    def get(self, address: str) -> tuple[PoseSequence, list[str]] | None:
        """The poses under an address, and the warnings that finding them gave; None if none can be read.

        An entry that cannot be read stays: the disk or its permissions may be the cause. `put` replaces it.
        """
        path = self._path(address)
        try:
            poses = load_poses(path)
            with zipfile.ZipFile(path) as archive:
                messages = [str(message) for message in json.loads(archive.comment or b"[]")]
        except (PoseError, OSError, ValueError, TypeError, zipfile.BadZipFile):
            return None
        with suppress(OSError):
            os.utime(path)  # used now: the last to be evicted
        return poses, messages

    def put(self, address: str, poses: PoseSequence, messages: list[str]) -> None:
        """Keep poses and the warnings that finding them gave. A cache that cannot be written costs only a warning."""
        path = self._path(address)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_path(path) as temporary:
                save_poses(temporary, poses)
                with zipfile.ZipFile(temporary, "a") as archive:
                    archive.comment = json.dumps(messages).encode()[:65535]
            if self._stored % STORES_PER_CHECK == 0:
                self.evict(self.limit)
            self._stored += 1
        except (OSError, OutputError) as error:
            warnings.warn(f"poses are not kept: {error}. Choose another `cache`, or off.", stacklevel=2)

    def size(self) -> tuple[int, int]:
        """How many clips' poses are kept, and how many bytes all files take."""
        files = list(self._files())
        return sum(not path.name.startswith(".") for _, _, path in files), sum(size for _, size, _ in files)

    def evict(self, limit: float) -> None:
        """Where all files take more than `limit` bytes, delete those used least recently until clearly fewer remain.

        Unfinished files of processes that were killed are deleted too.
        """
        files = sorted(self._files())
        total = sum(size for _, size, _ in files)
        excess = total - KEPT_SHARE * limit if total > limit else 0.0
        for used, size, path in files:
            unfinished = path.name.startswith(".")
            if (unfinished and used < time.time() - ABANDONED) or (not unfinished and excess > 0):
                with suppress(OSError):
                    path.unlink()
                excess -= size

    def clear(self) -> None:
        """Delete every entry."""
        for _, _, path in self._files():
            with suppress(OSError):
                path.unlink()

    def forget(self, content: str) -> int:
        """Delete the poses of the video whose file has the SHA-256 `content`; returns how many entries there were."""
        entries = list(self._path(content).parent.glob(f"{content[:HALF]}*.npz"))
        for path in entries:
            path.unlink(missing_ok=True)
        return len(entries)

    def _path(self, address: str) -> Path:
        return self.folder / "poses" / address[:2] / f"{address}.npz"

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """When each entry was used last, its size in bytes, its path. Other files in the folder are ignored."""
        for path in (self.folder / "poses").glob("[0-9a-f][0-9a-f]/*"):
            with suppress(OSError):  # another process was faster
                status = path.stat()
                yield status.st_mtime, status.st_size, path


def open_cache(place: StrPath | None = None) -> PoseCache | None:
    """The cache in a folder.

    Args:
        place: the folder; "off" for no cache; if not given, what the environment variable MOTION_TRANSFER_CACHE says,
            and without it `cache_dir()`.

    Raises:
        ConfigError: there is a file of that name, it cannot be a folder's, or MOTION_TRANSFER_CACHE_GB is no number.
    """
    place = place or os.environ.get(PLACE) or cache_dir()
    if place == "off":
        return None
    folder = Path(os.path.expanduser(place))  # that of a Path raises where there is no such user
    try:
        is_folder = stat.S_ISDIR(os.stat(folder).st_mode)
    except FileNotFoundError:  # it is made when it is needed
        is_folder = True
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"`cache`: {folder} cannot be opened ({reason}); expected a folder, or off.") from error
    if not is_folder:
        raise ConfigError(f"`cache`: {folder} is a file; expected a folder, or off.")
    text = os.environ.get(LIMIT, str(GIGABYTES))
    try:
        limit = float(text)
    except ValueError:
        limit = -1.0
    if not 0 < limit < float("inf"):
        raise ConfigError(f"{LIMIT} is {text!r}; expected gigabytes as a number above 0, such as 4.")
    return PoseCache(folder.absolute(), limit * 1e9)


def find_poses(
    video: VideoReader,
    settings: PoseSettings,
    *,
    person: str = LARGEST,
    cache: PoseCache | None = None,
    progress: ProgressCallback = no_progress,
) -> PoseSequence:
    """Raw poses of one person in a clip: from the cache, or found now and kept there.

    Warnings that finding them gave are given again when they come from the cache.

    Raises:
        PoseError, VideoError, ConfigError: as `estimate_poses`. Failures are not kept.
    """
    address = cache and address_of(video, settings, person)
    poses, messages = (cache and address and cache.get(address)) or (None, [])
    if cache and poses and (len(poses), poses.size, poses.fps) == (len(video), video.size, video.fps):
        cache.found += 1
    else:
        with recorded_warnings() as messages:
            poses = estimate_poses(
                video,
                size=video.size,
                fps=video.fps,
                settings=settings,
                person=person,
                name=str(video.path),
                progress=progress,
            )
        if cache and address:
            cache.missed += 1
            cache.put(address, poses, messages)
    for message in messages:
        warnings.warn(message, stacklevel=2)
    return poses


def given_poses(path: StrPath | None, format: str, video: Path, person: str = LARGEST) -> PoseSequence | None:
    """The poses of one person in a video that a file or folder holds, see `load_poses`; None if none is given."""
    if path is None:
        return None
    if Path(path).suffix == ".npz" and not os.path.isdir(path):
        return load_poses(path, person=person)
    clip = probe(video)  # JSON seldom holds the frames' size and rate
    return load_poses(path, size=clip.size, fps=clip.fps, frames=clip.frames, person=person, format=format)


def address_of(video: VideoReader, settings: PoseSettings, person: str) -> str:
    """The address of a clip's poses: two hashes, in hexadecimal, of all they depend on."""
    chosen = {name: value for name, value in asdict(settings).items() if name not in CLEANING}
    depends = {
        "frames": [str(video.start), str(video.end), len(video), *video.size, str(video.fps)],
        "person": person,
        "settings": chosen,
        "code": _code_version(),
    }
    others = hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()
    return fingerprint(video.path)[:HALF] + others[:HALF]


def fingerprint(path: StrPath) -> str:
    """SHA-256 of a file's content, in hexadecimal; read once by a process for each size and time of change."""
    status = Path(path).stat()
    return _digest(Path(path).resolve(), status.st_size, status.st_mtime_ns)


@cache
def _digest(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _code_version() -> str:
    """A hash of the code that reads videos and finds poses, so that no version number has to be counted up."""
    digest = hashlib.sha256()
    package = Path(__file__).parent
    for path in sorted([*package.glob("pose/**/*.py"), *package.glob("video/**/*.py")]):
        digest.update(path.read_bytes())
    for library in ("mediapipe", "opencv-python"):
        with suppress(PackageNotFoundError):
            digest.update(version(library).encode())
    return digest.hexdigest()
