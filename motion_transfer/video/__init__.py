"""Video in and out, through one ffmpeg process each."""

from motion_transfer.video.mux import join_videos as join_videos
from motion_transfer.video.probing.info import AudioInfo as AudioInfo
from motion_transfer.video.probing.info import VideoInfo as VideoInfo
from motion_transfer.video.probing.probe import probe as probe
from motion_transfer.video.reader import VideoReader as VideoReader
from motion_transfer.video.writer import VideoWriter as VideoWriter
