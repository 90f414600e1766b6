"""The model of MediaPipe Tasks' pose landmarker: a `.task` file, or the same from the networks that the wheel holds."""

import io
import warnings
import zipfile
from pathlib import Path

from motion_transfer.errors import PoseError

_NETWORKS = {
    # name in the bundle: (network in the wheel, mean and deviation by which it wants pixels normalised)
    "pose_detector.tflite": ("pose_detection/pose_detection.tflite", 127.5, 127.5),
    "pose_landmarks_detector.tflite": ("pose_landmark/pose_landmark_full.tflite", 0.0, 255.0),
}


def read_bundle(path: Path) -> bytes:
    """The content of a `.task` file.

    Raises:
        PoseError: there is no such file, or it holds no pose landmarker.
    """
    try:
        content = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            held = bundle.namelist()
    except OSError as error:
        raise PoseError(f"--pose.model {path} cannot be read: {error.strerror}. Give a .task file.") from error
    except zipfile.BadZipFile:
        raise PoseError(_no_model(path, "it is no .task file")) from None
    if missing := [name for name in _NETWORKS if name not in held]:
        raise PoseError(_no_model(path, f"it lacks {' and '.join(missing)}"))
    return content


def own_bundle() -> bytes:
    """A bundle of the wheel's own networks, made in a fraction of a second. Their metadata say how pixels go in."""
    import mediapipe
    from mediapipe.tasks.python.metadata.metadata_writers import metadata_writer, model_asset_bundle_utils

    modules = Path(mediapipe.__file__).parent / "modules"
    networks = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # MediaPipe's writer leaves files to the garbage collector
        for name, (source, mean, deviation) in _NETWORKS.items():
            writer = metadata_writer.MetadataWriter.create(bytearray((modules / source).read_bytes()))
            writer.add_general_info(Path(source).stem).add_image_input([mean], [deviation])
            networks[name] = bytes(writer.populate()[0])
            del writer
    bundle = io.BytesIO()
    model_asset_bundle_utils.create_model_asset_bundle(networks, bundle)
    return bundle.getvalue()


def _no_model(path: Path, why: str) -> str:
    return (
        f"--pose.model {path} is no model of a pose landmarker: {why}. Give a pose_landmarker_*.task of MediaPipe, "
        "or leave the setting out for the one that comes with MediaPipe."
    )
