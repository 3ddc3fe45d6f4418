"""What the Python peers of the bench are given, and what they give back: see bench/system_isolator.c and bench/detector_peer.c."""

import sys
from importlib.metadata import version

import numpy as np

FRAMES_PER_S = 100
ACTIVE_BELOW_LOUD_DB, SILENCE_DB = 35.0, -75.0
"""A frame is active within 35 dB of the loud ones and above -75 dBFS, as for the bench's own labels."""


def asked_for_version(*packages: str) -> bool:
    """Prints the packages' versions if that is what the program was called for."""
    if sys.argv[1:] != ["--version"]:
        return False
    print(", ".join(f"{package} {version(package)}" for package in packages))
    return True


def read_samples(count: int) -> np.ndarray:
    """16-bit samples of standard input, in [-1, 1)."""
    raw = sys.stdin.buffer.read(2 * count)
    if len(raw) != 2 * count:
        sys.exit(f"{sys.argv[0]}: {count} samples were announced and {len(raw) // 2} came")
    return np.frombuffer(raw, "<i2").astype(np.float32) / 32768.0


def read_recording() -> tuple[int, np.ndarray, np.ndarray]:
    """Rate, the agent alone, and the recording: arguments RATE ENROL N."""
    rate, enrolment, count = (int(text) for text in sys.argv[1:4])
    return rate, read_samples(enrolment), read_samples(count)


def write_recording(output: np.ndarray, agent: np.ndarray, customer: np.ndarray) -> None:
    """The output, and who speaks in each 10 ms."""
    sys.stdout.buffer.write(np.clip(np.rint(output * 32768.0), -32768, 32767).astype("<i2").tobytes())
    sys.stdout.buffer.write((agent + 2 * customer).astype(np.uint8).tobytes())


def write_output(output: np.ndarray, rate: int) -> None:
    """The output of who does not say who speaks."""
    nobody = np.zeros(len(output) // (rate // FRAMES_PER_S), np.uint8)
    write_recording(output, nobody, nobody)


def read_leg() -> tuple[int, np.ndarray]:
    """Rate and one leg: arguments RATE N."""
    rate, count = (int(text) for text in sys.argv[1:3])
    return rate, read_samples(count)


def write_scores(scores: np.ndarray) -> None:
    """One score for each 10 ms, the higher the likelier speech."""
    sys.stdout.buffer.write(scores.astype("<f4").tobytes())


def active_frames(samples: np.ndarray, rate: int) -> np.ndarray:
    """The 10 ms frames that are loud enough for speech."""
    length = rate // FRAMES_PER_S
    frames = samples[: len(samples) // length * length].reshape(-1, length).astype(np.float64)
    levels = 10 * np.log10((frames**2).mean(1) + 1e-12)
    return levels > max(np.percentile(levels, 95) - ACTIVE_BELOW_LOUD_DB, SILENCE_DB)


def read_clips() -> list[tuple[int, np.ndarray]]:
    """All clips of standard input: rate and samples of each."""
    raw, clips, at = sys.stdin.buffer.read(), [], 0
    while at < len(raw):
        rate, count = np.frombuffer(raw, "<u4", 2, at)
        clips.append((int(rate), np.frombuffer(raw, "<i2", int(count), at + 8).astype(np.float32) / 32768.0))
        at += 8 + 2 * int(count)
    return clips


def write_words(clip: int, words: list[tuple[float, float, str]]) -> None:
    """What was heard in a clip: a line a word, with seconds."""
    for start, end, word in words:
        print(clip, f"{start:.2f} {end:.2f}", "".join(word.split()), flush=True)


def at_rate(samples: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """The samples at another rate."""
    from scipy.signal import resample_poly

    return samples if rate == wanted else resample_poly(samples, wanted, rate).astype(np.float32)


def frame_by_frame(recording: np.ndarray, rate: int, wanted: int, size: int, late: int, process) -> np.ndarray:
    """The recording through a function of two addresses, frame in and frame out, at the wanted rate, less its delay."""
    wide = at_rate(recording, rate, wanted)
    fed = np.pad(wide, (0, late + -(len(wide) + late) % size)).astype(np.float32)
    made = np.empty_like(fed)
    for at in range(0, len(fed), size):
        process(fed[at:].ctypes.data, made[at:].ctypes.data)
    return at_rate(made[late : late + len(wide)], wanted, rate)[: len(recording)]
