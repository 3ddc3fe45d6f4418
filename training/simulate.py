"""Telephone calls made on the fly: turns, channels, noise. Everything is drawn from one numpy generator, so a seed repeats."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

from data import HOP, RATE, Corpus, Voice

# Above this likeness two names may be one person: actors of games speak several parts.
ONE_PERSON = 0.6
NOISE_KINDS = ["recorded", "coloured", "coloured", "hum", "babble", "music", "tones", "clicks"]
FADE = np.hanning(2 * HOP + 2)[1 : HOP + 1].astype(np.float32)


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
            -(
                (
                    (octave - rng.uniform(-2.5, 2, (batch, 1)).astype(np.float32))
                    / rng.uniform(0.2, 0.8, (batch, 1)).astype(np.float32)
                )
                ** 2
            )
        )
    return torch.from_numpy((response * 10 ** (decibels / 20)).astype(np.float32))


def apply_channel(samples: torch.Tensor, responses: torch.Tensor) -> torch.Tensor:
    """Filter rows with zero-phase responses that are given at coarse bins, shape (batch, n) in and out."""
    count = samples.shape[1]
    fine = torch.nn.functional.interpolate(responses[:, None], size=count // 2 + 1, mode="linear", align_corners=True)[
        :, 0
    ]
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

    def stem(
        self,
        out: np.ndarray,
        active: np.ndarray,
        voice: Voice,
        spans: list[tuple[int, int]],
        coded: bool,
        part: tuple[float, float] = (0, 1),
    ) -> None:
        """Write a voice's speech into one row of samples (scaled to a level of -26 dB where loud) and its activity into one row.

        `part` says which share of the recording the spans are cut from.
        """
        scale = 10 ** ((-26.0 - voice.level) / 20) / 32768.0
        for start, length in spans:
            source = int((part[0] + (part[1] - part[0]) * self.rng.random()) * voice.length) // HOP * HOP
            piece = self.corpus.take(voice, source, length * HOP, coded) * np.float32(scale)
            piece[:HOP] *= FADE
            piece[-HOP:] *= FADE[::-1]
            out[start * HOP : (start + length) * HOP] = piece
            active[start : start + length] = self.corpus.active(voice, source // HOP, length)

    def noise(self, kinds: list[str], count: int) -> np.ndarray:
        """`count` samples of noise of one of `kinds`, unit power over its 60 s, float16."""
        pieces = self.noises[kinds[int(self.rng.integers(len(kinds)))]]
        start = int(self.rng.integers(pieces.shape[1] - count))
        return pieces[int(self.rng.integers(len(pieces)))][start : start + count]

    def vad_batch(
        self, batch: int, frames: int, noisy: float = 0.65, snr: tuple[float, float] = (-3, 30)
    ) -> tuple[torch.Tensor, torch.Tensor]:
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

    def telephone(
        self,
        samples: np.ndarray,
        noisy: float,
        snr: tuple[float, float],
        gain: np.ndarray | None = None,
        lines: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Legs (batch, n) as a telephone delivers them: own channel, noise through another one, gain, G.711.

        `gain` is in dB, (batch,); `lines` are responses as channel_responses draws them; both are drawn where not given.
        """
        rng, (batch, count) = self.rng, samples.shape
        lines = channel_responses(rng, batch, 257) if lines is None else lines
        speech = apply_channel(torch.from_numpy(samples), lines)
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

    def voice_batch(
        self, batch: int, frames: int, voices: list[Voice] | None = None, part: tuple[float, float] = (0, 1)
    ) -> tuple[torch.Tensor, list[Voice]]:
        """One voice talking without pause a row, over the telephone: samples (batch, 80 frames) and the voices."""
        voices = voices or [self.corpus.pick(self.rng) for _ in range(batch)]
        samples, active = np.zeros((batch, frames * HOP), np.float32), np.zeros((batch, frames), bool)
        for row, voice in enumerate(voices):
            self.stem(samples[row], active[row], voice, [(0, frames)], self.rng.random() < 0.5, part)
        return self.telephone(samples, noisy=0.5, snr=(5, 35)), voices

    def enrol(
        self,
        agents: list[Voice],
        frames: int,
        lines: torch.Tensor,
        kinds: np.ndarray | None = None,
        part: tuple[float, float] = (0, 1),
    ) -> torch.Tensor:
        """Enrolments of agents, (batch, 80 frames): over the line of the call (kind 0), from a studio (1), over another line (2)."""
        batch = len(agents)
        kinds = self.rng.choice(3, batch, p=[0.4, 0.2, 0.4]) if kinds is None else kinds
        samples, active = np.zeros((batch, frames * HOP), np.float32), np.zeros((batch, frames), bool)
        for row, (agent, kind) in enumerate(zip(agents, kinds)):
            self.stem(samples[row], active[row], agent, [(0, frames)], kind != 1 and self.rng.random() < 0.5, part)
        choices = torch.stack([lines, torch.ones_like(lines), channel_responses(self.rng, batch, lines.shape[1])])
        return self.telephone(samples, 0.3, (10, 35), lines=choices[torch.from_numpy(kinds), torch.arange(batch)])

    def other_voice(self, voice: Voice) -> Voice:
        """A voice of another speaker: half the time of the same set, and sometimes the likest of a dozen."""
        rng = self.rng
        same = rng.random() < 0.6
        drawn = [
            other for other in (self.corpus.pick(rng, quiet_floor=True) for _ in range(60)) if may_meet(voice, other)
        ]
        drawn = [other for other in drawn if self.alike(voice, other) < ONE_PERSON] or [
            other for other in self.corpus.voices if may_meet(voice, other)
        ]
        choices = [other for other in drawn if other.corpus == voice.corpus and same] or drawn
        return max(choices[:12], key=lambda other: self.alike(voice, other)) if rng.random() < 0.4 else choices[0]

    def alike(self, one: Voice, other: Voice) -> float:
        """How alike two voices are to the teacher, -1 to 1; 0 without a teacher."""
        return 0.0 if self.targets is None else float(self.targets[one.voice_id] @ self.targets[other.voice_id])

    def call_batch(self, batch: int, frames: int, enrolment: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Mixed calls: samples (batch, 80 frames), who is active (batch, frames, 2: agent, anybody else), and the agent's
        enrolment (batch, 80 enrolment)."""
        rng = self.rng
        agents = [self.corpus.pick(rng, quiet_floor=True) for _ in range(batch)]
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
        lines = channel_responses(rng, batch, 257)
        mixed = self.telephone(legs[0], 0.3, (5, 35), common + difference, lines)
        mixed = mixed + self.telephone(legs[1] + legs[2], 0.3, (5, 35), common - difference)
        for row in np.flatnonzero(rng.random(batch) < 0.25):
            length = int(rng.uniform(1, 8) * RATE)
            start = int(rng.integers(frames * HOP - length))
            sound = self.noise(["music", "tones"], length) * np.float32(10 ** (rng.uniform(-36, -14) / 20))
            mixed[row, start : start + length] += torch.from_numpy(sound.astype(np.float32))
        enrolled = self.enrol(agents, enrolment, lines)
        heard = np.stack([active[0], active[1] | active[2]], -1)
        return compand(mixed, rng.integers(0, 3, batch)), torch.from_numpy(heard), enrolled


def may_meet(one: Voice, other: Voice) -> bool:
    """Whether two voices are surely two people: not one speaker, nor one language of the automatically grouped set."""
    return one.speaker != other.speaker and not (
        one.corpus == other.corpus == "many_languages" and one.language == other.language
    )
