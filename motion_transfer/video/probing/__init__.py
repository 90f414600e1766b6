"""What a video file holds: its tracks, times, rate, orientation and sound, found without decoding it."""
