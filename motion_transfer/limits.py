"""Upper bounds of what a file or a setting may ask of the machine, in one place, each with its reason.

They are checked before anything of that size is allocated or decoded. All are far above what real work needs, and low
enough that a refusal stays under 1.5 GB and some seconds.
"""

from fractions import Fraction

SIDE = 16_384
"""Pixels of a side of a frame, an image or a canvas: twice the width of 8K video, and the most that H.265 can hold."""

PIXELS = 8_192 * 8_192
"""Pixels of a frame or an image: 8K video has 33 million. Decoded in 8 bits they are 200 MB."""

MOST_FPS, LEAST_FPS = 1_000, Fraction(1, 10)
"""Frames a second: cameras for slow motion give 960; a slide show one in some seconds."""

FRAMES = 2_000_000
"""Frames of a clip: nine hours at 60 frames a second. Their poses would take 4 GB, so a longer clip has to be cut."""

PACKETS = 4 * FRAMES
"""Frames and blocks of sound, subtitles and data of a video file."""

PROBE_SECONDS = 15.0
"""Within which ffmpeg must find the next frame of a file; a slow disk gives one in a fraction of a second."""

DECODE_SECONDS = 60.0
"""Within which the next frame must be decoded; the first one after a seek may need hundreds before it."""

PROBE_BYTES = 1_000_000_000
"""Memory of the ffmpeg that lists a file's frames: two million of them take 100 MB."""

PACKED = 4
"""How many times a file's size its packets may have in all. Some containers compress them slightly."""

POSE_BYTES = 1_200_000_000
"""Arrays of a pose file, as declared: two and a half hours at 60 frames a second."""

ARRAY_BYTES = 200_000_000
"""Arrays of a subject, as declared: those of 256 exemplars take less than 1 MB."""

POSE_FRAMES = 600_000
"""Frames times people of a pose file: the same two and a half hours of one person, or a quarter of an hour of ten."""

PEOPLE = 100
"""People in a frame, in files of poses. Who is who is found by comparing each with each."""

COORDINATE = 1_000_000
"""Pixels from the frame's corner at which a joint may lie: sixty times the largest frame."""

JSON_BYTES = 64_000_000
"""A JSON file: a list of all frames of a long clip, as pose editors write it."""

JSON_MEMORY = 1_000_000_000
"""What the values of a JSON file may take in memory, estimated from its brackets, quotes and commas before parsing."""

TEXT_BYTES = 4_000_000
"""A pipeline, a subject's description, the record of a run: some kilobytes."""

LINE_BYTES = 1_000_000
"""A line of a manifest or a journal."""

TABLE_BYTES = 64_000_000
"""A row group of a manifest in Parquet, and a few of its rows, unpacked."""

WEIGHT_BYTES = 4_000_000_000
"""A file of weights, as declared: the published local enhancer has 730 MB, a checkpoint with both optimisers 3 GB."""

SHEET_PIXELS = 5 * PIXELS // 4
"""Pixels of all exemplars of a subject: 64 of 1,024 x 1,024, and a quarter more for sides that are rounded to 32."""

LEAST_SIDE = 16
"""Pixels of a side of a subject's footage; nothing of a person is seen in less."""

PARAMETERS = 1_000_000_000
"""Weights of a network: the published local enhancer has 183 million. As single floats they are 4 GB."""

IMAGE_BYTES = 4 * PIXELS
"""A picture's file: a PNG of noise is as large as its pixels."""

STEPS, EPOCHS, MINUTES = 1_000_000_000, 1_000_000, 525_600.0
"""Bounds of a training: a year in minutes, and what no machine does in it."""

LOSS_WEIGHT = 10_000.0
"""Weight of a loss: fp16 ends at 65,504."""

SECONDS = 7 * 24 * 3_600.0
"""A place in a clip, and a time to wait: a week."""

WORKERS = 4_096
"""Processes, or clips, at a time."""
