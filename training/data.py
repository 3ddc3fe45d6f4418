"""The speech corpus as memory-mapped 8 kHz samples, so that no training step waits for a decoder.

Every speaker of `speakers.tsv` becomes one run of int16 samples. Each speaker is rendered at several rates (a voice
played 12 % faster has another pitch and another vocal tract, so it counts as another voice), and every rate is kept
twice: clean, and through the codecs and rooms that a telephone leg goes through.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from scipy import signal

RATE = 8000
SOURCE_RATE = 16000
# Playing rates as exact ratios (output samples per input sample at one sample rate).
VOICE_RATES = {"r100": (1, 1), "r088": (25, 22), "r112": (25, 28)}
PIECE_SECONDS = 20.0
HOP = 80
# A frame counts as active speech within this many dB of the loud frames of its own clean stem.
ACTIVE_BELOW_LOUD_DB, SILENCE_DB = 35.0, -75.0

QUIET_FLOOR_DB = 38.0


@dataclass(frozen=True)
class Voice:
    """One speaker at one rate: where its samples lie in the memory map of that rate."""

    voice_id: int
    row: int
    """The speaker's row in the source index."""
    speaker: str
    corpus: str
    split: str
    language: str
    rate: str
    start: int
    length: int
    level: float
    """95th percentile of the 10 ms frame levels, dB re full scale."""
    floor: float
    """5th percentile of the same."""

    @property
    def quiet_between_words(self) -> bool:
        """Whether the recording is silent between words, so that its levels tell speech."""
        return self.level - self.floor > QUIET_FLOOR_DB


def decode(path: Path, rate: int) -> np.ndarray:
    """Decode a file of any format to mono int16 samples at `rate` Hz, shape (n,)."""
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-threads",
        "1",
        "-i",
        str(path),
        "-ac",
        "1",
        "-ar",
        str(rate),
        "-f",
        "s16le",
        "-",
    ]
    return np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, dtype="<i2")


def read_table(speech: Path) -> list[dict[str, str]]:
    """Rows of speakers.tsv as dictionaries."""
    with open(speech / "speakers.tsv", newline="") as table:
        return list(csv.DictReader(table, delimiter="\t"))


def build_source(speech: Path, cache: Path) -> None:
    """Decode every speaker to cache/source.i16 (16 kHz, int16) and write its index, cache/source.json."""
    index, position = [], 0
    with open(cache / "source.i16", "wb") as out:
        for row in read_table(speech):
            samples = decode(speech / row["file"], SOURCE_RATE)
            out.write(samples.astype("<i2").tobytes())
            index.append(
                {
                    "speaker": f"{row['set']}/{row['speaker']}",
                    "corpus": row["set"],
                    "split": row["split"],
                    "language": row["language"],
                    "start": position,
                    "length": len(samples),
                }
            )
            position += len(samples)
    (cache / "source.json").write_text(json.dumps(index))


def read_source(cache: Path) -> tuple[np.ndarray, list[dict]]:
    """The 16 kHz memory map and its index."""
    return np.memmap(cache / "source.i16", dtype="<i2", mode="r"), json.loads((cache / "source.json").read_text())


def change_rate(samples: np.ndarray, ratio: tuple[int, int]) -> np.ndarray:
    """16 kHz int16 samples to 8 kHz float32 in [-1, 1), played at `ratio` of the duration (and of the period)."""
    scaled = samples.astype(np.float32) / 32768.0
    return signal.resample_poly(scaled, ratio[0], ratio[1] * 2).astype(np.float32)


def through_gsm(samples: np.ndarray, _rng: np.random.Generator) -> np.ndarray:
    """GSM 06.10 full rate; float32 in and out, same length."""
    with tempfile.SpooledTemporaryFile(1 << 26) as file:
        soundfile.write(file, samples, RATE, format="WAV", subtype="GSM610")
        file.seek(0)
        coded, _ = soundfile.read(file, dtype="float32")
    return fit(coded, len(samples))


def through_opus(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Narrow-band Opus at 6 to 12 kbit/s, with packet loss and the decoder's own concealment now and then."""
    bitrate = int(rng.choice([6000, 8000, 10000, 12000]))
    raw = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    encode = [
        "ffmpeg",
        "-v",
        "error",
        "-threads",
        "1",
        "-f",
        "s16le",
        "-ar",
        str(RATE),
        "-ac",
        "1",
        "-i",
        "-",
        "-c:a",
        "libopus",
        "-b:a",
        str(bitrate),
        "-application",
        "voip",
        "-compression_level",
        "1",
        "-f",
        "ogg",
        "-",
    ]
    coded = subprocess.run(encode, input=raw, check=True, capture_output=True).stdout
    back = [
        "ffmpeg",
        "-v",
        "error",
        "-threads",
        "1",
        "-f",
        "ogg",
        "-i",
        "-",
        "-ar",
        str(RATE),
        "-ac",
        "1",
        "-f",
        "s16le",
        "-",
    ]
    decoded = subprocess.run(back, input=coded, check=True, capture_output=True).stdout
    return fit(np.frombuffer(decoded, dtype="<i2").astype(np.float32) / 32768.0, len(samples))


def lose_packets(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lose 20 ms packets in bursts (1 to 6 %) and conceal them by repeating the last packet, fading."""
    out, packet = samples.copy(), RATE // 50
    chance, position = rng.uniform(0.005, 0.03), packet
    while position + packet <= len(out):
        if rng.random() < chance:
            for repeat in range(int(rng.integers(1, 4))):
                end = min(position + packet, len(out))
                out[position:end] = out[position - packet : position][: end - position] * (0.7 if repeat else 0.9)
                position = end
        position += packet
    return out


def in_room(samples: np.ndarray, rng: np.random.Generator, responses: list[np.ndarray]) -> np.ndarray:
    """Far from the microphone: a recorded or made room response, direct path first so that labels stay aligned."""
    if rng.random() < 0.4:
        response = responses[int(rng.integers(len(responses)))]
        response = response[: int(0.6 * RATE)]
    else:
        decay = rng.uniform(0.08, 0.5)
        times = np.arange(int(decay * RATE)) / RATE
        response = rng.standard_normal(len(times)) * 10 ** (-3 * times / decay) * rng.uniform(0.02, 0.12)
        response[0] = 1.0
    wet = signal.oaconvolve(samples, response.astype(np.float32))[: len(samples)]
    return (wet * (np.std(samples) / (np.std(wet) + 1e-9))).astype(np.float32)


def read_rooms(acoustics: Path) -> list[np.ndarray]:
    """Recorded room responses at 8 kHz, starting at their direct path, float32."""
    rooms = []
    for path in sorted(acoustics.glob("room-*.flac")):
        response = decode(path, RATE).astype(np.float32) / 32768.0
        peak = int(np.argmax(np.abs(response)))
        rooms.append(response[peak:] / (np.abs(response[peak]) + 1e-9))
    return rooms


def fit(samples: np.ndarray, length: int) -> np.ndarray:
    """Cut or pad with zeros to `length` samples."""
    return samples[:length] if len(samples) >= length else np.pad(samples, (0, length - len(samples)))


def degrade(samples: np.ndarray, rng: np.random.Generator, rooms: list[np.ndarray]) -> np.ndarray:
    """One telephone leg, in pieces of 20 s: a room half the time, then GSM, Opus or neither, then loss now and then."""
    step, out = int(PIECE_SECONDS * RATE), []
    for start in range(0, len(samples), step):
        piece = samples[start : start + step]
        if rng.random() < 0.5:
            piece = in_room(piece, rng, rooms)
        codec = rng.choice(["gsm", "opus", "none"], p=[0.4, 0.4, 0.2])
        if codec == "gsm":
            piece = through_gsm(piece, rng)
        elif codec == "opus":
            piece = through_opus(piece, rng)
        if rng.random() < 0.3:
            piece = lose_packets(piece, rng)
        out.append(piece)
    return np.concatenate(out)


def to_int16(samples: np.ndarray) -> bytes:
    """Float samples in [-1, 1) as little-endian int16 bytes."""
    return (np.clip(samples, -1, 0.99996) * 32768.0).astype("<i2").tobytes()


def frame_levels(samples: np.ndarray) -> np.ndarray:
    """Level of each 10 ms frame of int16 samples in dB re full scale, shape (n // 80,)."""
    frames = samples[: len(samples) // HOP * HOP].reshape(-1, HOP).astype(np.float32) / 32768.0
    return 10 * np.log10(np.square(frames).mean(1) + 1e-12)


def build_bank(cache: Path, acoustics: Path, rate: str, coded: bool, seed: int) -> None:
    """Render every speaker at one rate, clean or coded, to cache/bank_<rate>_<clean|coded>.i16 and cache/bank_<rate>.json."""
    source, index = read_source(cache)
    rng, rooms = np.random.default_rng(seed), read_rooms(acoustics)
    table, active, position = [], [], 0
    final = cache / f"bank_{rate}_{'coded' if coded else 'clean'}.i16"
    partial = final.with_suffix(".part")
    with open(partial, "wb") as out:
        for row in index:
            samples = change_rate(source[row["start"] : row["start"] + row["length"]], VOICE_RATES[rate])
            samples = samples[: len(samples) // HOP * HOP]
            clean = np.frombuffer(to_int16(samples), dtype="<i2")
            out.write(to_int16(degrade(samples, rng, rooms)) if coded else clean.tobytes())
            levels = frame_levels(clean)
            level, floor = float(np.percentile(levels, 95)), float(np.percentile(levels, 5))
            active.append(levels > max(level - ACTIVE_BELOW_LOUD_DB, SILENCE_DB))
            table.append(
                row | {"rate": rate, "start": position, "length": len(samples), "level": level, "floor": floor}
            )
            position += len(samples)
    if not coded:
        (cache / f"bank_{rate}.json").write_text(json.dumps(table))
        np.concatenate(active).astype(np.uint8).tofile(cache / f"bank_{rate}_active.u8")
    partial.rename(final)


class Corpus:
    """All rendered voices of one split; `take` returns samples of one voice, clean or coded."""

    def __init__(self, cache: Path, split: str, rates: list[str] | None = None) -> None:
        self.voices: list[Voice] = []
        self.clean: dict[str, np.ndarray] = {}
        self.activity: dict[str, np.ndarray] = {}
        self.coded: dict[str, np.ndarray] = {}
        wanted = rates or [rate for rate in VOICE_RATES if (cache / f"bank_{rate}_clean.i16").exists()]
        for rate in wanted:
            self.clean[rate] = np.memmap(cache / f"bank_{rate}_clean.i16", dtype="<i2", mode="r")
            self.activity[rate] = np.fromfile(cache / f"bank_{rate}_active.u8", dtype=np.uint8).astype(bool)
            coded = cache / f"bank_{rate}_coded.i16"
            self.coded[rate] = np.memmap(coded, dtype="<i2", mode="r") if coded.exists() else self.clean[rate]
            for number, row in enumerate(json.loads((cache / f"bank_{rate}.json").read_text())):
                if row["split"] == split:
                    self.voices.append(Voice(voice_id=len(self.voices), row=number, **row))
        seconds = np.array([voice.length / RATE for voice in self.voices])
        # Long readers would drown the short ones: draw a voice by the square root of its length.
        self.cumulative = np.cumsum(np.sqrt(seconds) / np.sqrt(seconds).sum())

    def pick(self, rng: np.random.Generator, quiet_floor: bool = False) -> Voice:
        """A random voice; with `quiet_floor` one that is `quiet_between_words`."""
        while True:
            voice = self._draw(rng)
            if not quiet_floor or voice.quiet_between_words:
                return voice

    def _draw(self, rng: np.random.Generator) -> Voice:
        return self.voices[min(int(np.searchsorted(self.cumulative, rng.random())), len(self.voices) - 1)]

    def active(self, voice: Voice, frame: int, count: int) -> np.ndarray:
        """Activity of `count` frames of 10 ms of a voice from `frame` on (wrapping round), shape (count,), bool."""
        first, total = voice.start // HOP, voice.length // HOP
        return self.activity[voice.rate][first + (frame + np.arange(count)) % total]

    def take(self, voice: Voice, start: int, length: int, coded: bool) -> np.ndarray:
        """`length` int16 samples of a voice from `start` (wrapping round at its end), clean or coded."""
        bank = (self.coded if coded else self.clean)[voice.rate]
        start %= voice.length
        first = bank[voice.start + start : voice.start + min(start + length, voice.length)]
        if len(first) == length:
            return first
        return np.resize(np.concatenate([first, bank[voice.start : voice.start + voice.length]]), length)


def main() -> None:
    """Build the whole cache: the decoded source, then every bank that is not there yet."""
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speech", type=Path, default=here / "corpora/speech")
    parser.add_argument("--acoustics", type=Path, default=here / "corpora/acoustics")
    parser.add_argument("--cache", type=Path, default=here / "cache")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    if not (arguments.cache / "source.json").exists():
        build_source(arguments.speech, arguments.cache)
    for order, (coded, rate) in enumerate((coded, rate) for coded in (False, True) for rate in VOICE_RATES):
        name = f"bank_{rate}_{'coded' if coded else 'clean'}.i16"
        if not (arguments.cache / name).exists():
            build_bank(arguments.cache, arguments.acoustics, rate, coded, arguments.seed + order)
            print(name, flush=True)


if __name__ == "__main__":
    main()
