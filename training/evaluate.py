"""Figures of the networks on dev speakers and on the labelled call, beside the ones of others.

    python evaluate.py vad
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

import models
from data import RATE, SILENCE_DB, ACTIVE_BELOW_LOUD_DB, Corpus, decode, frame_levels
from features import HOP, log_mel
from simulate import Simulator, apply_channel, compand, make_noises

HERE = Path(__file__).resolve().parent
SILERO_CHUNK = 256


def load(name: str, checkpoints: Path) -> torch.nn.Module:
    """The averaged weights of a trained network, ready for inference."""
    network = models.NETWORKS[name]()
    network.load_state_dict(torch.load(checkpoints / f"{name}.pt", weights_only=True)["average"])
    return network.eval()


def roc_auc(scores: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC curve of 1-D scores against 1-D booleans; ties count half."""
    values, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    hits = int(positive.sum())
    return float((ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * (len(scores) - hits)))


def vad_scores(network: torch.nn.Module, samples: torch.Tensor) -> np.ndarray:
    """Probability of speech per 10 ms frame, aligned with the input: (batch, n) to (batch, n // 80)."""
    padded = torch.nn.functional.pad(samples, (0, models.Vad.DELAY * HOP))
    return torch.sigmoid(network(log_mel(padded)))[:, models.Vad.DELAY:].numpy()


def silero_scores(network: torch.nn.Module, samples: torch.Tensor) -> np.ndarray:
    """Silero at its native 8 kHz, each 32 ms answer given to the 10 ms frames in it; shapes as vad_scores."""
    network.reset_states()
    answers = [network(samples[:, start:start + SILERO_CHUNK], RATE)[:, 0]
               for start in range(0, samples.shape[1] - SILERO_CHUNK + 1, SILERO_CHUNK)]
    stacked = torch.stack(answers, 1).numpy()
    centres = np.arange(samples.shape[1] // HOP) * HOP + HOP // 2
    return stacked[:, np.minimum(centres // SILERO_CHUNK, stacked.shape[1] - 1)]


def best_shift_auc(scores: np.ndarray, active: np.ndarray) -> tuple[float, int]:
    """AUC at the shift in frames (of at most 8 either way) that suits the detector best."""
    best = (0.0, 0)
    for shift in range(-8, 9):
        moved, truth = (scores[:, shift:], active[:, :active.shape[1] - shift]) if shift >= 0 else (scores[:, :shift], active[:, -shift:])
        best = max(best, (roc_auc(moved.ravel(), truth.ravel()), shift))
    return best


def labelled_call(calls: Path) -> tuple[torch.Tensor, np.ndarray]:
    """The two legs of auto-repairs-40 as rows, and who is active in each: (2, n), (2, n // 80)."""
    legs = [decode(calls / "auto-repairs-40" / f"{party}.flac", RATE) for party in ("agent", "customer")]
    length = min(len(leg) for leg in legs) // (HOP * SILERO_CHUNK) * HOP * SILERO_CHUNK
    levels = [frame_levels(leg[:length]) for leg in legs]
    active = np.stack([level > max(np.percentile(level, 95) - ACTIVE_BELOW_LOUD_DB, SILENCE_DB) for level in levels])
    return torch.from_numpy(np.stack([leg[:length].astype(np.float32) / 32768.0 for leg in legs])), active


@torch.no_grad()
def evaluate_vad(arguments: argparse.Namespace) -> None:
    """ROC-AUC on 10 ms frames, ours and Silero's, on the same telephone legs."""
    from silero_vad import load_silero_vad
    ours, silero = load("vad", arguments.checkpoints), load_silero_vad()
    corpus = Corpus(arguments.cache, "dev", ["r100"])
    simulator = Simulator(corpus, make_noises(corpus, arguments.acoustics, seed=99), seed=5)
    sets = {"dev, channel only": simulator.vad_batch(80, 2000, noisy=0.0), "dev, noise 0 to 20 dB": simulator.vad_batch(80, 2000, noisy=1.0, snr=(0, 20)),
            "dev, noise -5 to 5 dB": simulator.vad_batch(80, 2000, noisy=1.0, snr=(-5, 5))}
    legs, active = labelled_call(arguments.calls)
    sets["auto-repairs-40"] = (legs, torch.from_numpy(active))
    noise = np.stack([simulator.noise(["recorded"], legs.shape[1] // 8) for _ in legs]).astype(np.float32)
    noise = torch.from_numpy(np.tile(noise, (1, 9))[:, :legs.shape[1]])
    for snr in (20, 10):
        loud = torch.from_numpy(np.array([[np.percentile(frame_levels((leg.numpy() * 32768).astype(np.int16)), 95)] for leg in legs])).float()
        sets[f"auto-repairs-40, noise {snr} dB"] = (compand(legs + noise * 10 ** ((loud - snr) / 20), np.array([1, 2])), torch.from_numpy(active))
    print(f"{'set':28s} {'ours':>7s} {'Silero':>7s} {'(its best shift)':>16s} {'log energy':>10s}")
    for name, (samples, truth) in sets.items():
        positive = truth.numpy()
        mine = roc_auc(vad_scores(ours, samples).ravel(), positive.ravel())
        theirs, shift = best_shift_auc(silero_scores(silero, samples), positive)
        energy = np.concatenate([frame_levels((row.numpy() * 32767).astype(np.int16)) for row in samples])
        print(f"{name:28s} {mine:7.4f} {theirs:7.4f} {shift:12d} {roc_auc(energy, positive.ravel()):14.4f}", flush=True)


def main() -> None:
    """Evaluate one network by name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["vad"])
    parser.add_argument("--cache", type=Path, default=HERE / "cache")
    parser.add_argument("--calls", type=Path, default=HERE / "../../shared/calls")
    parser.add_argument("--acoustics", type=Path, default=HERE / "../../shared/acoustics")
    parser.add_argument("--checkpoints", type=Path, default=HERE / "checkpoints")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    {"vad": evaluate_vad}[arguments.name](arguments)


if __name__ == "__main__":
    main()
