"""Mixed calls between voices of the split `dev`, as folders that the C library and the bench can be run on.

python dev_calls.py --count 36 OUT

The calls are drawn as evaluate.py draws them (voices of one set, levels 12 dB apart at most, noise, rooms, codecs, the enrolment in
thirds over the same line, from a studio, over another line) and written as solo-render writes a mixed call: `agent.wav` and
`customer.wav` (the clean stems as they stand in the mixture), `mixed.wav`, `enrol.wav`, `ref.rttm`. In the `absent-` calls the agent
says nothing and `agent.wav` is silent. The labelled call auto-repairs-40 is written in one track too, its agent enrolled from the
call's start, which is left out.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import soundfile
import torch

from data import ACTIVE_BELOW_LOUD_DB, HOP, RATE, SILENCE_DB, Corpus, Voice, frame_levels, to_int16
from evaluate import mixed_labelled_call
from noises import make_noises
from simulate import NOISE_KINDS, Simulator, apply_channel, channel_responses, compand, conversation_schedule

HERE = Path(__file__).resolve().parent
ENROLMENT = 1500
"""Frames of 10 ms that an agent is enrolled from."""


def as_int16(samples: torch.Tensor | np.ndarray) -> np.ndarray:
    """Samples in [-1, 1) as int16."""
    return np.frombuffer(bytearray(to_int16(np.asarray(samples))), dtype="<i2")


def runs(active: np.ndarray) -> list[tuple[int, int]]:
    """Start and length of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(np.int8), [0]])))
    return [(int(start), int(end - start)) for start, end in zip(edges[::2], edges[1::2])]


def active_frames(stem: np.ndarray) -> np.ndarray:
    """Which frames of a clean stem are speech, (n // 80,), bool."""
    levels = frame_levels(stem)
    return levels > max(np.percentile(levels, 95) - ACTIVE_BELOW_LOUD_DB, SILENCE_DB)


def rttm(name: str, stems: dict[str, np.ndarray]) -> str:
    """Who speaks when, from the clean stems."""
    lines = []
    for party, stem in stems.items():
        lines += [
            (start, f"SPEAKER {name} 1 {start / 100:.3f} {length / 100:.3f} <NA> <NA> {party} <NA> <NA>\n")
            for start, length in runs(active_frames(stem))
        ]
    return "".join(line for _, line in sorted(lines, key=lambda item: item[0]))


def write_call(folder: Path, agent: np.ndarray, customer: np.ndarray, mixed: np.ndarray, enrolment: np.ndarray) -> None:
    """One folder as solo-render writes it; all int16."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, samples in (("agent", agent), ("customer", customer), ("mixed", mixed), ("enrol", enrolment)):
        soundfile.write(folder / f"{name}.wav", samples, RATE, subtype="PCM_16")
    (folder / "ref.rttm").write_text(rttm(folder.name, {"agent": agent, "customer": customer}))


def long_noise(simulator: Simulator, kinds: list[str], count: int, level: float) -> np.ndarray:
    """Noise at `level` dB, drawn anew every 50 s: a bank's piece is a minute long."""
    pieces = [simulator.noise(kinds, min(count - start, 50 * RATE)) for start in range(0, count, 50 * RATE)]
    return np.concatenate(pieces).astype(np.float32) * np.float32(10 ** (level / 20))


def on_a_line(
    simulator: Simulator, stem: np.ndarray, gain: float, line: torch.Tensor, noisy: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """A leg as Simulator.telephone makes it: the clean stem and the leg, (1, n)."""
    rng, count = simulator.rng, len(stem)
    speech = apply_channel(torch.from_numpy(stem[None]), line)
    background = long_noise(simulator, ["coloured", "hum"], count, rng.uniform(-90, -60))
    if rng.random() < noisy:
        background += long_noise(simulator, NOISE_KINDS, count, -26 - rng.uniform(10, 35))
    noise = apply_channel(torch.from_numpy(background[None]), channel_responses(rng, 1, 257))
    factor = 10 ** (gain / 20)
    return speech * factor, compand((speech + noise) * factor, rng.integers(0, 3, 1))


def pair_of_set(simulator: Simulator, corpus_name: str) -> list[Voice]:
    """Two voices of a set."""
    voices = [voice for voice in simulator.corpus.voices if voice.corpus == corpus_name and voice.quiet_between_words]
    return [voices[index] for index in simulator.rng.choice(len(voices), 2, replace=False)]


def mixed_call(
    simulator: Simulator, pair: list[Voice], kind: int, frames: int, absent: bool, noisy: float, apart: float
) -> list[np.ndarray]:
    """One call's agent, customer, mixture and enrolment; `kind` of enrolment as Simulator.enrol takes it, a share `noisy` of the
    legs with noise, the parties' levels at most `apart` dB from each other."""
    rng = simulator.rng
    stems, active = np.zeros((2, frames * HOP), np.float32), np.zeros((2, frames), bool)
    for party, spans in enumerate(conversation_schedule(rng, frames)):
        if party or not absent:
            simulator.stem(stems[party], active[party], pair[party], spans, rng.random() < 0.5, (0.4, 0.9))
    level, lines = float(rng.uniform(-apart / 2, apart / 2)), channel_responses(rng, 1, 257)
    agent, agent_leg = on_a_line(simulator, stems[0], level, lines, noisy)
    customer, customer_leg = on_a_line(simulator, stems[1], -level, channel_responses(rng, 1, 257), noisy)
    enrolment = simulator.enrol([pair[0]], ENROLMENT, lines, np.array([kind]), (0.0, 0.25))
    mixed = compand(agent_leg + customer_leg, rng.integers(0, 3, 1))
    return [as_int16(samples[0]) for samples in (agent, customer, mixed, enrolment)]


def write_labelled_call(calls: Path, out: Path) -> None:
    """auto-repairs-40 in one track."""
    from evaluate import labelled_call

    mixed, heard, enrolment = mixed_labelled_call(calls)
    start = (labelled_call(calls)[1].shape[1] - heard.shape[1]) * HOP
    legs = labelled_call(calls)[0][:, start:]
    write_call(out / "auto-repairs-40", *(as_int16(x) for x in (legs[0], legs[1], mixed[0], enrolment[0])))


def main() -> None:
    """Write the calls."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=36, help="calls in which both talk")
    parser.add_argument("--absent", type=int, default=12, help="calls in which the agent says nothing")
    parser.add_argument("--seconds", type=int, default=80)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--noisy", type=float, default=0.3, help="share of the legs that have noise, 10 to 35 dB down")
    parser.add_argument("--apart", type=float, default=12.0, help="most that the parties' levels differ by, dB")
    parser.add_argument("--cache", type=Path, default=HERE / "cache")
    parser.add_argument("--calls", type=Path, default=HERE / "corpora/calls")
    parser.add_argument("--acoustics", type=Path, default=HERE / "corpora/acoustics")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    corpus = Corpus(arguments.cache, "dev", ["r100"])
    simulator = Simulator(corpus, make_noises(corpus, arguments.acoustics, seed=99), arguments.seed)
    sets = sorted({voice.corpus for voice in corpus.voices})
    for number in range(arguments.count + arguments.absent):
        absent, kind = number >= arguments.count, number // len(sets) % 3
        name = sets[number % len(sets)]
        frames = arguments.seconds * 100
        call = mixed_call(simulator, pair_of_set(simulator, name), kind, frames, absent, arguments.noisy, arguments.apart)
        folder = f"{'absent' if absent else 'call'}-{number:03d}-{name}-{('same', 'studio', 'other')[kind]}"
        write_call(arguments.out / folder, *call)
    write_labelled_call(arguments.calls, arguments.out)


if __name__ == "__main__":
    main()
