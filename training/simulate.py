"""Telephone calls made on the fly: turns, channels, noise. Everything is drawn from one numpy generator, so a seed repeats."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from scipy import signal

from data import RATE, Corpus, Voice, decode
from features import HOP

NOISE_SECONDS = 60
# Above this likeness two names may be one person: actors of games speak several parts.
ONE_PERSON = 0.6
NOISE_KINDS = ["recorded", "coloured", "coloured", "hum", "babble", "music", "tones", "clicks"]
FADE = np.hanning(2 * HOP + 2)[1:HOP + 1].astype(np.float32)


@dataclass
class Leg:
    """A batch of call legs before they are mixed: samples (batch, n) in [-1, 1) and who is active, (batch, n // 80)."""

    samples: torch.Tensor
    active: torch.Tensor


# ---------------------------------------------------------------- noise

def coloured(rng: np.random.Generator, count: int) -> np.ndarray:
    """Gaussian noise with a random spectral slope (white to brown) and a random broad peak."""
    frequency = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20.0)
    shape = frequency ** (-rng.uniform(0.0, 1.2))
    shape *= 1.0 + rng.uniform(0, 8) * np.exp(-((np.log(frequency / rng.uniform(100, 3000))) / rng.uniform(0.1, 0.6)) ** 2)
    return np.fft.irfft(np.fft.rfft(rng.standard_normal(count)) * shape, count)


def hum(rng: np.random.Generator, count: int) -> np.ndarray:
    """Mains hum with falling harmonics and a little hiss."""
    times, base = np.arange(count) / RATE, rng.choice([50.0, 60.0])
    tones = sum(np.sin(2 * np.pi * base * k * times + rng.uniform(0, 6.28)) * rng.uniform(0, 1) / k for k in range(1, 24))
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
            out[start:start + length] += voice * np.exp(-times / rng.uniform(0.1, 1.0)) * rng.uniform(0.3, 1)
        if drum:
            hit = min(beat // 2, count - start)
            out[start:start + hit] += rng.standard_normal(hit) * np.exp(-np.arange(hit) / RATE / 0.03)
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
            pair, on, off = (rng.choice([697, 770, 852, 941]), rng.choice([1209, 1336, 1477, 1633])), rng.uniform(0.05, 0.3), rng.uniform(0.05, 0.3)
        elif kind == "ring":
            pair, on, off = ((440, 480) if rng.random() < 0.5 else (425, 425)), rng.uniform(0.8, 2.0), rng.uniform(1.0, 4.0)
        elif kind == "busy":
            pair, on, off = ((480, 620) if rng.random() < 0.5 else (425, 425)), rng.uniform(0.2, 0.5), rng.uniform(0.2, 0.5)
        else:
            pair, on, off = (rng.uniform(300, 2500),) * 2, rng.uniform(0.1, 1.0), rng.uniform(0.3, 3.0)
        for _ in range(int(rng.integers(1, 5))):
            length = min(int(on * RATE), count - position)
            if length <= 0:
                break
            times = np.arange(length) / RATE
            out[position:position + length] = sum(np.sin(2 * np.pi * f * times) for f in pair)
            position += length + int(off * RATE)
    return out + 1e-4 * rng.standard_normal(count)


def clicks(rng: np.random.Generator, count: int) -> np.ndarray:
    """Keyboard, clicks and bumps: short decaying bursts through a random resonance."""
    out = np.zeros(count)
    for start in rng.integers(0, count - RATE // 4, size=int(count / RATE * rng.uniform(0.5, 8))):
        length = int(RATE * rng.uniform(0.005, 0.12))
        out[start:start + length] += rng.standard_normal(length) * np.exp(-np.arange(length) / length * 5) * rng.uniform(0.1, 1)
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
    for name, maker, pieces in (("coloured", coloured, 24), ("hum", hum, 6), ("music", music, 24), ("tones", tones, 8), ("clicks", clicks, 10)):
        bank[name] = [maker(rng, count) for _ in range(pieces)]
    bank["babble"] = [babble(rng, count, corpus) for _ in range(10)]
    return {name: np.stack([(piece / (np.std(piece) + 1e-9)).astype(np.float16) for piece in pieces]) for name, pieces in bank.items()}


# ---------------------------------------------------------------- telephone channel

@lru_cache(maxsize=None)
def companding_table(law: str) -> torch.Tensor:
    """What G.711 makes of each int16 sample, index sample + 32768, as float in [-1, 1)."""
    linear = np.arange(-32768, 32768)
    sign, size = np.where(linear < 0, -1, 1), np.abs(linear)
    if law == "ulaw":
        biased = np.minimum(size, 32635) + 132
        exponent = np.floor(np.log2(biased)).astype(int) - 7
        mantissa = (biased >> (exponent + 3)) & 15
        value = (((mantissa << 3) + 132) << exponent) - 132
    else:
        small = np.minimum(size, 32767) >> 3
        exponent = np.maximum(np.floor(np.log2(np.maximum(small, 1))).astype(int) - 4, 0)
        shift = np.maximum(exponent, 1)
        value = (((small >> shift) << shift) + (1 << (shift - 1))) << 3
    return torch.from_numpy((sign * value / 32768.0).astype(np.float32))


def compand(samples: torch.Tensor, laws: np.ndarray) -> torch.Tensor:
    """G.711 per row: law 0 none, 1 mu, 2 A. Shape (batch, n) in and out."""
    index = (samples * 32768.0).round_().clamp_(-32768, 32767).to(torch.int32) + 32768
    out = samples.clamp(-1.0, 0.99997)
    for law, name in ((1, "ulaw"), (2, "alaw")):
        rows = np.flatnonzero(laws == law)
        if len(rows):
            out[rows] = companding_table(name)[index[rows]]
    return out


def channel_responses(rng: np.random.Generator, batch: int, bins: int) -> torch.Tensor:
    """Random telephone magnitude responses, shape (batch, bins): band limits, a tilt and gentle ripples."""
    frequency = np.linspace(0, RATE / 2, bins, dtype=np.float32)[None]
    low = rng.uniform(60, 400, (batch, 1)).astype(np.float32)
    high = rng.uniform(3200, 4000, (batch, 1)).astype(np.float32)
    order = rng.choice([2, 4, 8], (batch, 1)).astype(np.float32)
    response = 1 / np.sqrt(1 + (low / np.maximum(frequency, 30)) ** (2 * order)) / np.sqrt(1 + (frequency / high) ** 40)
    octave = np.log2(np.maximum(frequency, 50) / 1000.0)
    decibels = rng.uniform(-4, 4, (batch, 1)).astype(np.float32) * octave
    for _ in range(2):
        decibels = decibels + rng.uniform(-4, 4, (batch, 1)).astype(np.float32) * np.exp(
            -((octave - rng.uniform(-2.5, 2, (batch, 1)).astype(np.float32)) / rng.uniform(0.2, 0.8, (batch, 1)).astype(np.float32)) ** 2)
    return torch.from_numpy((response * 10 ** (decibels / 20)).astype(np.float32))


def apply_channel(samples: torch.Tensor, responses: torch.Tensor) -> torch.Tensor:
    """Filter rows with zero-phase responses that are given at coarse bins, shape (batch, n) in and out."""
    count = samples.shape[1]
    fine = torch.nn.functional.interpolate(responses[:, None], size=count // 2 + 1, mode="linear", align_corners=True)[:, 0]
    return torch.fft.irfft(torch.fft.rfft(samples) * fine, count)


# ---------------------------------------------------------------- who speaks when

def solo_schedule(rng: np.random.Generator, frames: int) -> list[tuple[int, int]]:
    """One party's spans (start, length) in frames: talk and pause, from dense to sparse."""
    spans, position, density = [], int(rng.exponential(60)), rng.uniform(0.3, 1.5)
    while position < frames:
        length = int(np.clip(rng.lognormal(5.0, 0.8), 15, 1200))
        spans.append((position, min(length, frames - position)))
        position += length + int(np.clip(rng.exponential(90) / density, 5, 2000))
    return spans


def conversation_schedule(rng: np.random.Generator, frames: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Spans of two parties: turns, gaps or overlaps at the hand-over, interjections, now and then a long silence."""
    spans: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    overlap, interjections, turn = rng.uniform(0, 0.6), rng.uniform(0, 0.35), rng.uniform(4.6, 6.0)
    party, position = int(rng.integers(2)), int(rng.exponential(40))
    while position < frames:
        length = int(np.clip(rng.lognormal(turn, 0.8), 25, 1500))
        spans[party].append((position, min(length, frames - position)))
        for second in range(length // 100):
            if rng.random() < interjections:
                start = position + second * 100 + int(rng.integers(60))
                if start < frames and second * 100 + 100 < length:
                    spans[1 - party].append((start, min(int(rng.integers(20, 110)), frames - start)))
        if rng.random() < overlap:
            gap = -int(min(rng.exponential(60) + 10, length * 0.7))
        else:
            gap = int(np.clip(rng.exponential(35), 2, 300)) if rng.random() < 0.9 else int(rng.uniform(100, 500))
        position = max(position + length + gap, position + 20)
        if rng.random() < 0.9:
            party = 1 - party
    return tuple(merge(sorted(s)) for s in spans)


def merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans of one party that touch or overlap."""
    out: list[tuple[int, int]] = []
    for start, length in spans:
        if out and start <= out[-1][0] + out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], start + length - out[-1][0]))
        else:
            out.append((start, length))
    return out


class Simulator:
    """Draws legs and calls from a corpus and a noise bank."""

    targets: np.ndarray | None = None
    """Teacher embeddings by voice_id, unit length, to find voices that are alike; None where there are none."""

    def __init__(self, corpus: Corpus, noises: dict[str, np.ndarray], seed: int) -> None:
        self.corpus, self.noises, self.rng = corpus, noises, np.random.default_rng(seed)

    def stem(self, out: np.ndarray, active: np.ndarray, voice: Voice, spans: list[tuple[int, int]], coded: bool, part: tuple[float, float] = (0, 1)) -> None:
        """Write a voice's speech into one row of samples (scaled to a level of -26 dB where loud) and its activity into one row.

        `part` says which share of the recording the spans are cut from.
        """
        scale = 10 ** ((-26.0 - voice.level) / 20) / 32768.0
        for start, length in spans:
            source = int((part[0] + (part[1] - part[0]) * self.rng.random()) * voice.length) // HOP * HOP
            piece = self.corpus.take(voice, source, length * HOP, coded) * np.float32(scale)
            piece[:HOP] *= FADE
            piece[-HOP:] *= FADE[::-1]
            out[start * HOP:(start + length) * HOP] = piece
            active[start:start + length] = self.corpus.active(voice, source // HOP, length)

    def noise(self, kinds: list[str], count: int) -> np.ndarray:
        """`count` samples of noise of one of `kinds`, unit power over its 60 s, float16."""
        pieces = self.noises[kinds[int(self.rng.integers(len(kinds)))]]
        start = int(self.rng.integers(pieces.shape[1] - count))
        return pieces[int(self.rng.integers(len(pieces)))][start:start + count]

    def vad_batch(self, batch: int, frames: int, noisy: float = 0.65, snr: tuple[float, float] = (-3, 30)) -> tuple[torch.Tensor, torch.Tensor]:
        """Single legs for the voice-activity network: samples (batch, 80 frames), active (batch, frames) as bool.

        A share `noisy` of them has noise at `snr` dB below loud speech; all have a faint floor.
        """
        rng, count = self.rng, frames * HOP
        samples, active = np.zeros((batch, count), np.float32), np.zeros((batch, frames), bool)
        for row in range(batch):
            if rng.random() < 0.92:
                voice = self.corpus.pick(rng, quiet_floor=True)
                self.stem(samples[row], active[row], voice, solo_schedule(rng, frames), rng.random() < 0.5)
        return self.telephone(samples, noisy, snr), torch.from_numpy(active)

    def telephone(self, samples: np.ndarray, noisy: float, snr: tuple[float, float], gain: np.ndarray | None = None) -> torch.Tensor:
        """Legs as a telephone delivers them: own channel, noise through another one, gain in dB (batch,), G.711. (batch, n) in and out."""
        rng, (batch, count) = self.rng, samples.shape
        speech = apply_channel(torch.from_numpy(samples), channel_responses(rng, batch, 257))
        background = np.zeros((batch, count), np.float32)
        for row in range(batch):
            floor = 10 ** (rng.uniform(-90, -60) / 20)
            background[row] += self.noise(["coloured", "hum"], count) * np.float32(floor)
            if rng.random() < noisy:
                background[row] += self.noise(NOISE_KINDS, count) * np.float32(10 ** ((-26 - rng.uniform(*snr)) / 20))
        noise = apply_channel(torch.from_numpy(background), channel_responses(rng, batch, 257))
        gain = rng.uniform(-18, 16, batch) if gain is None else gain
        factor = torch.from_numpy(10 ** (gain[:, None] / 20)).float()
        return compand((speech + noise) * factor, rng.integers(0, 3, batch))

    def voice_batch(self, batch: int, frames: int, voices: list[Voice] | None = None,
                    part: tuple[float, float] = (0, 1)) -> tuple[torch.Tensor, list[Voice]]:
        """One voice talking without pause a row, over the telephone: samples (batch, 80 frames) and the voices."""
        voices = voices or [self.corpus.pick(self.rng) for _ in range(batch)]
        samples, active = np.zeros((batch, frames * HOP), np.float32), np.zeros((batch, frames), bool)
        for row, voice in enumerate(voices):
            self.stem(samples[row], active[row], voice, [(0, frames)], self.rng.random() < 0.5, part)
        return self.telephone(samples, noisy=0.5, snr=(5, 35)), voices

    def other_voice(self, voice: Voice) -> Voice:
        """A voice of another speaker: half the time of the same set, and sometimes the likest of a dozen."""
        rng = self.rng
        same = rng.random() < 0.6
        drawn = [other for other in (self.corpus.pick(rng) for _ in range(60)) if may_meet(voice, other)]
        drawn = [other for other in drawn if self.alike(voice, other) < ONE_PERSON] or [other for other in self.corpus.voices if may_meet(voice, other)]
        choices = [other for other in drawn if other.corpus == voice.corpus and same] or drawn
        return max(choices[:12], key=lambda other: self.alike(voice, other)) if rng.random() < 0.4 else choices[0]

    def alike(self, one: Voice, other: Voice) -> float:
        """How alike two voices are to the teacher, -1 to 1; 0 without a teacher."""
        return 0.0 if self.targets is None else float(self.targets[one.voice_id] @ self.targets[other.voice_id])

    def call_batch(self, batch: int, frames: int, enrolment: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Mixed calls: samples (batch, 80 frames), who is active (batch, frames, 2: agent, anybody else), and the agent's
        enrolment over another line (batch, 80 enrolment)."""
        rng = self.rng
        agents = [self.corpus.pick(rng) for _ in range(batch)]
        legs, active = np.zeros((3, batch, frames * HOP), np.float32), np.zeros((3, batch, frames), bool)
        for row, agent in enumerate(agents):
            customer = self.other_voice(agent)
            spans = conversation_schedule(rng, frames)
            absent = rng.random()
            first = self.other_voice(agent) if absent < 0.08 else agent
            if absent < 0.92:
                self.stem(legs[0, row], active[0, row], first, spans[0], rng.random() < 0.5)
            if not 0.08 < absent < 0.12:
                self.stem(legs[1, row], active[1, row], customer, spans[1], rng.random() < 0.5)
            if absent < 0.08:
                active[1, row] |= active[0, row]
                active[0, row] = False
            if rng.random() < 0.12:
                self.stem(legs[2, row], active[2, row], self.other_voice(agent), solo_schedule(rng, frames)[:3], True)
                legs[2, row] *= np.float32(10 ** (rng.uniform(-25, 0) / 20))
        common, difference = rng.uniform(-14, 10, batch), rng.uniform(-6, 6, batch)
        mixed = self.telephone(legs[0], 0.3, (5, 35), common + difference)
        mixed = mixed + self.telephone(legs[1] + legs[2], 0.3, (5, 35), common - difference)
        for row in np.flatnonzero(rng.random(batch) < 0.25):
            length = int(rng.uniform(1, 8) * RATE)
            start = int(rng.integers(frames * HOP - length))
            sound = self.noise(["music", "tones"], length) * np.float32(10 ** (rng.uniform(-36, -14) / 20))
            mixed[row, start:start + length] += torch.from_numpy(sound.astype(np.float32))
        enrolled, _ = self.voice_batch(batch, enrolment, agents)
        heard = np.stack([active[0], active[1] | active[2]], -1)
        return compand(mixed, rng.integers(0, 3, batch)), torch.from_numpy(heard), enrolled


def may_meet(one: Voice, other: Voice) -> bool:
    """Whether two voices are surely two people: not one speaker, nor one language of the automatically grouped set."""
    return one.speaker != other.speaker and not (one.corpus == other.corpus == "many_languages" and one.language == other.language)
