"""Everything on a line that is not the two parties: room noise, babble, hum, hold music, tones, clicks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import signal

from data import RATE, Corpus, decode

NOISE_SECONDS = 60


def coloured(rng: np.random.Generator, count: int) -> np.ndarray:
    """Gaussian noise with a random spectral slope (white to brown) and a random broad peak."""
    frequency = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20.0)
    shape = frequency ** (-rng.uniform(0.0, 1.2))
    shape *= 1.0 + rng.uniform(0, 8) * np.exp(
        -(((np.log(frequency / rng.uniform(100, 3000))) / rng.uniform(0.1, 0.6)) ** 2)
    )
    return np.fft.irfft(np.fft.rfft(rng.standard_normal(count)) * shape, count)


def hum(rng: np.random.Generator, count: int) -> np.ndarray:
    """Mains hum with falling harmonics and a little hiss."""
    times, base = np.arange(count) / RATE, rng.choice([50.0, 60.0])
    tones = sum(
        np.sin(2 * np.pi * base * k * times + rng.uniform(0, 6.28)) * rng.uniform(0, 1) / k for k in range(1, 24)
    )
    return tones + 0.1 * rng.standard_normal(count)


def music(rng: np.random.Generator, count: int) -> np.ndarray:
    """Hold music: chords of decaying harmonic notes over a bass, at a steady beat, sometimes with a drum."""
    out, beat = np.zeros(count), int(RATE * rng.uniform(0.18, 0.6))
    root, drum = rng.uniform(90, 220), rng.random() < 0.5
    for start in range(0, count, beat):
        length = min(int(beat * rng.uniform(0.8, 3.0)), count - start)
        times = np.arange(length) / RATE
        for step in rng.choice([0, 3, 4, 5, 7, 9, 11, 12, 16, 19], size=int(rng.integers(1, 4)), replace=False):
            note = root * 2 ** (step / 12) * rng.choice([1, 1, 2, 4])
            depth, speed = rng.uniform(0, 0.01), rng.uniform(4, 7)
            phase = 2 * np.pi * note * (times + depth / speed * np.sin(2 * np.pi * speed * times) / 6.28)
            voice = sum(np.sin(k * phase) * rng.uniform(0.1, 1) / k for k in range(1, 6) if k * note < 3800)
            out[start : start + length] += voice * np.exp(-times / rng.uniform(0.1, 1.0)) * rng.uniform(0.3, 1)
        if drum:
            hit = min(beat // 2, count - start)
            out[start : start + hit] += rng.standard_normal(hit) * np.exp(-np.arange(hit) / RATE / 0.03)
        if rng.random() < 0.1:
            root *= 2 ** (rng.choice([-5, -2, 2, 5]) / 12)
            root = root if 80 < root < 260 else 150.0
    return out


def tones(rng: np.random.Generator, count: int) -> np.ndarray:
    """DTMF digits, ring-back, busy and information tones, with gaps."""
    out, position = np.zeros(count), 0
    while position < count:
        kind = rng.choice(["dtmf", "ring", "busy", "beep"])
        if kind == "dtmf":
            pair, on, off = (
                (rng.choice([697, 770, 852, 941]), rng.choice([1209, 1336, 1477, 1633])),
                rng.uniform(0.05, 0.3),
                rng.uniform(0.05, 0.3),
            )
        elif kind == "ring":
            pair, on, off = (
                ((440, 480) if rng.random() < 0.5 else (425, 425)),
                rng.uniform(0.8, 2.0),
                rng.uniform(1.0, 4.0),
            )
        elif kind == "busy":
            pair, on, off = (
                ((480, 620) if rng.random() < 0.5 else (425, 425)),
                rng.uniform(0.2, 0.5),
                rng.uniform(0.2, 0.5),
            )
        else:
            pair, on, off = (rng.uniform(300, 2500),) * 2, rng.uniform(0.1, 1.0), rng.uniform(0.3, 3.0)
        for _ in range(int(rng.integers(1, 5))):
            length = min(int(on * RATE), count - position)
            if length <= 0:
                break
            times = np.arange(length) / RATE
            out[position : position + length] = sum(np.sin(2 * np.pi * f * times) for f in pair)
            position += length + int(off * RATE)
    return out + 1e-4 * rng.standard_normal(count)


def clicks(rng: np.random.Generator, count: int) -> np.ndarray:
    """Keyboard, clicks and bumps: short decaying bursts through a random resonance."""
    out = np.zeros(count)
    for start in rng.integers(0, count - RATE // 4, size=int(count / RATE * rng.uniform(0.5, 8))):
        length = int(RATE * rng.uniform(0.005, 0.12))
        out[start : start + length] += (
            rng.standard_normal(length) * np.exp(-np.arange(length) / length * 5) * rng.uniform(0.1, 1)
        )
    centre = rng.uniform(200, 3000)
    low, high = max(60.0, centre * 0.5), min(3900.0, centre * 1.8)
    return signal.sosfilt(signal.butter(2, [low, high], "bandpass", fs=RATE, output="sos"), out)


def babble(rng: np.random.Generator, count: int, corpus: Corpus) -> np.ndarray:
    """Five to nine voices at once, far away."""
    out = np.zeros(count)
    for _ in range(int(rng.integers(5, 10))):
        voice = corpus.voices[int(rng.integers(len(corpus.voices)))]
        piece = corpus.take(voice, int(rng.integers(voice.length)), count, False).astype(np.float32)
        out += piece / (np.std(piece) + 1.0) * rng.uniform(0.3, 1.0)
    return out


def make_noises(corpus: Corpus, acoustics: Path, seed: int = 7) -> dict[str, np.ndarray]:
    """A bank of noises by kind: each an array (pieces, 60 s) of float16 at unit power."""
    rng, count = np.random.default_rng(seed), NOISE_SECONDS * RATE
    bank: dict[str, list[np.ndarray]] = {"recorded": []}
    for path in sorted(acoustics.glob("noise-*.flac")):
        bank["recorded"].append(np.resize(decode(path, RATE).astype(np.float32), count))
    for name, maker, pieces in (
        ("coloured", coloured, 24),
        ("hum", hum, 6),
        ("music", music, 24),
        ("tones", tones, 8),
        ("clicks", clicks, 10),
    ):
        bank[name] = [maker(rng, count) for _ in range(pieces)]
    bank["babble"] = [babble(rng, count, corpus) for _ in range(10)]
    return {
        name: np.stack([(piece / (np.std(piece) + 1e-9)).astype(np.float16) for piece in pieces])
        for name, pieces in bank.items()
    }
