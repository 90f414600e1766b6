"""Video in and out, through one ffmpeg process each."""

from motion_transfer.video.join import join_videos
from motion_transfer.video.probe import AudioInfo, VideoInfo, probe
from motion_transfer.video.reader import VideoReader
from motion_transfer.video.writer import VideoWriter

__all__ = ["AudioInfo", "VideoInfo", "VideoReader", "VideoWriter", "join_videos", "probe"]
