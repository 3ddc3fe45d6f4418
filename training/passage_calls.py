"""Mixed calls between voices of the split `train`, as folders for build/solo-passage (passage.py).

python passage_calls.py --count 600 OUT

Drawn as dev_calls.py draws its calls, but of any two voices that may meet, likely ones more often (Simulator.other_voice), of 30 to 100 s;
in some the agent says nothing, and in some music or tones come from either side.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from data import RATE, Corpus
from dev_calls import as_int16, mixed_call, write_call
from noises import make_noises
from simulate import Simulator
from teacher import read_targets

HERE = Path(__file__).resolve().parent


def add_sound(simulator: Simulator, mixed: np.ndarray) -> None:
    """Music or tones in a stretch of `mixed`, int16."""
    length = int(simulator.rng.uniform(1, 8) * RATE)
    start = int(simulator.rng.integers(len(mixed) - length))
    sound = simulator.noise(["music", "tones"], length) * np.float32(10 ** (simulator.rng.uniform(-36, -14) / 20))
    heard = mixed[start : start + length] / 32768 + sound
    mixed[start : start + length] = as_int16(heard.astype(np.float32))


def main() -> None:
    """Write the calls."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", type=Path, default=HERE / "cache")
    parser.add_argument("--acoustics", type=Path, default=HERE / "corpora/acoustics")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    corpus = Corpus(arguments.cache, "train")
    simulator = Simulator(corpus, make_noises(corpus, arguments.acoustics, seed=1), arguments.seed)
    simulator.targets = read_targets(arguments.cache, corpus)
    rng = simulator.rng
    for number in range(arguments.count):
        agent = corpus.pick(rng, quiet_floor=True)
        absent, frames = rng.random() < 0.12, int(rng.uniform(3000, 10000))
        call = mixed_call(simulator, [agent, simulator.other_voice(agent)], int(rng.integers(3)), frames, absent, 0.3, 14.0)
        if rng.random() < 0.2:
            add_sound(simulator, call[2])
        write_call(arguments.out / f"{'absent' if absent else 'call'}-{arguments.seed}-{number:04d}", *call)


if __name__ == "__main__":
    main()
