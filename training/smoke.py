"""A run of everything on a handful of speakers with a fixed seed, under a minute: cache, a few steps of each network, export.

Fails loudly if a step breaks; the figures it prints repeat from run to run on one machine.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from pathlib import Path

import numpy as np
import torch

import data
import export
import train
from noises import make_noises
from simulate import Simulator

HERE = Path(__file__).resolve().parent
SET, SPEAKERS, STEPS, SEED = "wuw_corpus_ii", 8, 3, 3


def few_speakers(speech: Path, folder: Path) -> None:
    """A speech folder of the shortest train and dev speakers, linked to the full one."""
    rows = sorted(data.read_table(speech), key=lambda row: float(row["seconds"]))
    chosen = [
        row
        for split in ("train", "dev")
        for row in [row for row in rows if row["split"] == split and row["set"] == SET][:SPEAKERS]
    ]
    for row in chosen:
        row["file"] = str((speech / row["file"]).resolve())
    with open(folder / "speakers.tsv", "w", newline="") as out:
        writer = csv.DictWriter(out, chosen[0].keys(), delimiter="\t")
        writer.writeheader()
        writer.writerows(chosen)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speech", type=Path, default=HERE / "corpora/speech")
    parser.add_argument("--acoustics", type=Path, default=HERE / "corpora/acoustics")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cache, checkpoints = folder / "cache", folder / "checkpoints"
        cache.mkdir()
        few_speakers(arguments.speech, folder)
        data.build_source(folder, cache)
        for coded in (False, True):
            data.build_bank(cache, arguments.acoustics, "r100", coded, SEED)
        rng = np.random.default_rng(SEED)
        np.savez(cache / "teacher.npz", r100=rng.standard_normal((2 * SPEAKERS, 128)))
        corpus = data.Corpus(cache, "train", ["r100"])
        noises = make_noises(corpus, arguments.acoustics)
        for network in ("vad", "speaker", "activity", "joint"):
            torch.manual_seed(SEED)
            task = train.TASKS[network](Simulator(corpus, noises, SEED), cache, checkpoints)
            trainer = train.Trainer(network, task, checkpoints, None)
            losses = [trainer.advance(1.0) for _ in range(STEPS)]
            trainer.save()
            print(f"{network:9s} losses {' '.join(f'{loss:.4f}' for loss in losses)}", flush=True)
        print("models", *(export.export(network, checkpoints, folder, folder) for network in export.ARRAYS))


if __name__ == "__main__":
    main()
