"""A short piece of music for the dance: drums, a bass line and chords, synthesised, on the beat."""

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE = 44100
"""Samples a second."""

CHORDS = ((57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62))
"""One chord a bar, as MIDI notes: A minor, F, C, G."""

Signal = npt.NDArray[np.float64]


def compose(seconds: float, bpm: float, seed: int = 0) -> Signal:
    """Music in 4/4 with the first beat at 0, (samples,) in [-1, 1]: kick on one and three, snare on two and four."""
    noise = np.random.default_rng(seed)
    beat = 60 / bpm
    track = np.zeros(round(seconds * RATE) + 2 * RATE)
    for count in range(int(seconds / beat) + 1):
        start = count * beat
        chord = CHORDS[count // 4 % len(CHORDS)]
        _add(track, start, _snare(noise) if count % 2 else _kick())
        for half in (0.0, 0.5):
            _add(track, start + half * beat, 0.25 * _hat(noise))
            _add(track, start + half * beat, 0.35 * _tone(chord[0] - 24 + 12 * int(half * 2), 0.45 * beat, partials=6))
        if count % 4 == 0:
            for note in chord:
                _add(track, start, 0.10 * _tone(note, 3.6 * beat, partials=3))
    music = np.tanh(1.2 * track[: round(seconds * RATE)])
    fade = min(len(music), RATE // 2)
    music[len(music) - fade :] *= np.linspace(1, 0, fade)
    result: Signal = 0.8 * music / np.abs(music).max()
    return result


def write_wave(path: Path, music: Signal) -> None:
    """Write a signal as a 16-bit mono WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((music * 32767).astype("<i2").tobytes())


def _add(track: Signal, start: float, sound: Signal) -> None:
    first = round(start * RATE)
    part = sound[: len(track) - first]
    track[first : first + len(part)] += part


def _time(seconds: float) -> Signal:
    return np.arange(round(seconds * RATE)) / RATE


def _kick() -> Signal:
    """A sine whose pitch falls from 150 to 45 Hz."""
    t = _time(0.3)
    pitch = 45 + 105 * np.exp(-t / 0.03)
    result: Signal = np.sin(2 * np.pi * np.cumsum(pitch) / RATE) * np.exp(-t / 0.09)
    return result


def _snare(noise: np.random.Generator) -> Signal:
    t = _time(0.2)
    result: Signal = 0.5 * noise.normal(size=len(t)) * np.exp(-t / 0.05)
    return result + 0.4 * np.sin(2 * np.pi * 190 * t) * np.exp(-t / 0.04)


def _hat(noise: np.random.Generator) -> Signal:
    t = _time(0.05)
    return np.diff(noise.normal(size=len(t)), prepend=0.0) * np.exp(-t / 0.012)


def _tone(note: int, seconds: float, partials: int) -> Signal:
    """A plucked note with softer overtones."""
    t = _time(seconds)
    frequency = 440 * 2 ** ((note - 69) / 12)
    waves = sum(np.sin(2 * np.pi * frequency * k * t) / k**1.5 for k in range(1, partials + 1))
    attack = np.minimum(1, t / 0.01) * np.minimum(1, (seconds - t) / 0.02)
    result: Signal = waves * attack * np.exp(-t / (0.6 * seconds))
    return result
