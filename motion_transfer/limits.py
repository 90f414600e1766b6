"""Upper bounds of what a file or a setting may ask of the machine, in one place, each with its reason.

They are checked before anything of that size is allocated or decoded. All are far above what real work needs, and low
enough that a refusal stays under 1.5 GB and some seconds.
"""

from fractions import Fraction

# Pictures and videos.
SIDE = 16_384  # pixels of a side of a frame, image or canvas: twice the width of 8K video, and the most of H.265
PIXELS = 8_192 * 8_192  # of a frame or an image: 8K video has 33 million. Decoded in 8 bits they are 200 MB
IMAGE_BYTES = 4 * PIXELS  # a picture's file: a PNG of noise is as large as its pixels
LEAST_SIDE = 16  # pixels of a side of a subject's footage; nothing of a person is seen in less
MOST_FPS, LEAST_FPS = 1_000, Fraction(1, 10)  # cameras for slow motion give 960; a slide show one in some seconds
FRAMES = 2_000_000  # of a clip: nine hours at 60 a second. Poses would take 4 GB, so a longer clip has to be cut
PACKETS = 4 * FRAMES  # frames and blocks of sound, subtitles and data of a video file
PACKED = 4  # how many times a file's size its packets may have in all. Some containers compress them slightly
PROBE_SECONDS = 15.0  # in which ffmpeg must find a file's next frame; a slow disk gives one in a fraction of a second
PROBE_BYTES = 1_000_000_000  # memory of the ffmpeg that lists a file's frames: two million of them take 100 MB
DECODE_SECONDS = 60.0  # in which the next frame must be decoded; after a seek it may need hundreds before it

# Poses.
POSE_BYTES = 1_200_000_000  # arrays of a pose file, as declared: two and a half hours at 60 frames a second
POSE_FRAMES = 600_000  # frames times people of a pose file: these hours of one person, a quarter of an hour of ten
PEOPLE = 100  # in a frame, in files of poses. Who is who is found by comparing each with each
COORDINATE = 1_000_000  # pixels from the frame's corner at which a joint may lie: sixty times the largest frame
JSON_BYTES = 64_000_000  # a JSON file: a list of all frames of a long clip, as pose editors write it
JSON_MEMORY = 1_000_000_000  # what its values may take, estimated from brackets, quotes and commas before parsing

# Subjects and weights.
ARRAY_BYTES = 200_000_000  # arrays of a subject, as declared: those of 256 exemplars take less than 1 MB
DIRECTORY_BYTES = 4_000_000  # the list of what an archive or a file of weights holds, read at once: 40,000 names
EXEMPLAR_PIXELS = 2 * PIXELS  # all cutouts of a subject, as declared by their headers; decoded 4 bytes each
WEIGHT_BYTES = 4_000_000_000  # as declared: the published local enhancer has 730 MB, a checkpoint with optimisers 3 GB
PARAMETERS = 1_000_000_000  # of a network: the published local enhancer has 183 million. As single floats 4 GB

# Texts and tables.
TEXT_BYTES = 4_000_000  # a pipeline, a subject's description, the record of a run: some kilobytes
TOML_DOTS = 5_000  # in decimals and within keys: a key of as many parts takes the square of that to be parsed
LINE_BYTES = 1_000_000  # a line of a manifest or a journal
TABLE_BYTES = 64_000_000  # a row group of a manifest in Parquet, and a few of its rows, unpacked

# Settings.
STEPS, EPOCHS, MINUTES = 1_000_000_000, 1_000_000, 525_600.0  # of a training: a year, and what no machine does in it
LOSS_WEIGHT = 10_000.0  # fp16 ends at 65,504
SECONDS = 7 * 24 * 3_600.0  # a place in a clip, and a time to wait: a week
WORKERS = 4_096  # processes, or clips, at a time
