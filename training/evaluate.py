"""Figures of the networks on dev speakers and on the labelled call, beside the ones of others.

python evaluate.py vad
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

import models
from data import ACTIVE_BELOW_LOUD_DB, HOP, RATE, SILENCE_DB, Corpus, decode, frame_levels
from features import log_mel
from models import load
from noises import make_noises
from simulate import Simulator, channel_responses, compand, conversation_schedule
from track import Listener, decide

HERE = Path(__file__).resolve().parent
SILERO_CHUNK = 256


def roc_auc(scores: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC curve of 1-D scores against 1-D booleans; ties count half."""
    values, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    hits = int(positive.sum())
    return float((ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * (len(scores) - hits)))


def vad_scores(network: torch.nn.Module, samples: torch.Tensor) -> np.ndarray:
    """Probability of speech per 10 ms frame, aligned with the input: (batch, n) to (batch, n // 80)."""
    padded = torch.nn.functional.pad(samples, (0, models.Vad.DELAY * HOP))
    return torch.sigmoid(network(log_mel(padded)))[:, models.Vad.DELAY :].numpy()


def silero_scores(network: torch.nn.Module, samples: torch.Tensor) -> np.ndarray:
    """Silero at its native 8 kHz, each 32 ms answer given to the 10 ms frames in it; shapes as vad_scores."""
    network.reset_states()
    answers = [
        network(samples[:, start : start + SILERO_CHUNK], RATE)[:, 0]
        for start in range(0, samples.shape[1] - SILERO_CHUNK + 1, SILERO_CHUNK)
    ]
    stacked = torch.stack(answers, 1).numpy()
    centres = np.arange(samples.shape[1] // HOP) * HOP + HOP // 2
    return stacked[:, np.minimum(centres // SILERO_CHUNK, stacked.shape[1] - 1)]


def best_shift_auc(scores: np.ndarray, active: np.ndarray) -> tuple[float, int]:
    """AUC at the shift in frames (of at most 8 either way) that suits the detector best."""
    best = (0.0, 0)
    for shift in range(-8, 9):
        moved, truth = (
            (scores[:, shift:], active[:, : active.shape[1] - shift])
            if shift >= 0
            else (scores[:, :shift], active[:, -shift:])
        )
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
    sets = {
        "dev, channel only": simulator.vad_batch(80, 2000, noisy=0.0),
        "dev, noise 0 to 20 dB": simulator.vad_batch(80, 2000, noisy=1.0, snr=(0, 20)),
        "dev, noise -5 to 5 dB": simulator.vad_batch(80, 2000, noisy=1.0, snr=(-5, 5)),
    }
    legs, active = labelled_call(arguments.calls)
    sets["auto-repairs-40"] = (legs, torch.from_numpy(active))
    noise = np.stack([simulator.noise(["recorded"], legs.shape[1] // 8) for _ in legs]).astype(np.float32)
    noise = torch.from_numpy(np.tile(noise, (1, 9))[:, : legs.shape[1]])
    for snr in (20, 10):
        loud = torch.from_numpy(
            np.array([[np.percentile(frame_levels((leg.numpy() * 32768).astype(np.int16)), 95)] for leg in legs])
        ).float()
        sets[f"auto-repairs-40, noise {snr} dB"] = (
            compand(legs + noise * 10 ** ((loud - snr) / 20), np.array([1, 2])),
            torch.from_numpy(active),
        )
    print(f"{'set':28s} {'ours':>7s} {'Silero':>7s} {'(its best shift)':>16s} {'log energy':>10s}")
    for name, (samples, truth) in sets.items():
        positive = truth.numpy()
        mine = roc_auc(vad_scores(ours, samples).ravel(), positive.ravel())
        theirs, shift = best_shift_auc(silero_scores(silero, samples), positive)
        energy = np.concatenate([frame_levels((row.numpy() * 32767).astype(np.int16)) for row in samples])
        print(f"{name:28s} {mine:7.4f} {theirs:7.4f} {shift:12d} {roc_auc(energy, positive.ravel()):14.4f}", flush=True)


def equal_error_rate(same: np.ndarray, different: np.ndarray) -> float:
    """Where false accepts and false rejects of scores are equal, in %."""
    thresholds = np.sort(np.concatenate([same, different]))
    rejects = np.searchsorted(np.sort(same), thresholds) / len(same)
    accepts = 1 - np.searchsorted(np.sort(different), thresholds) / len(different)
    return float(100 * (rejects + accepts)[np.argmin(np.abs(rejects - accepts))] / 2)


@torch.no_grad()
def evaluate_speaker(arguments: argparse.Namespace) -> None:
    """Equal error rate within each set of dev speakers: 10 s of enrolment over one line, a test over another."""
    network = load("speaker", arguments.checkpoints)
    corpus = Corpus(arguments.cache, "dev", ["r100"])
    simulator = Simulator(corpus, make_noises(corpus, arguments.acoustics, seed=99), seed=6)
    print(
        f"{'set':20s} {'voices':>6s} " + " ".join(f"{f'{seconds} s':>7s}" for seconds in (0.5, 1, 2, 4)) + "   EER, %"
    )
    for name in sorted({voice.corpus for voice in corpus.voices}):
        voices = [voice for voice in corpus.voices if voice.corpus == name]
        enrolled = network(log_mel(simulator.voice_batch(len(voices), 1000, voices, (0.0, 0.3))[0]))
        rates = []
        for seconds in (0.5, 1, 2, 4):
            same, different = [], []
            for _ in range(6):
                tested = network(log_mel(simulator.voice_batch(len(voices), int(seconds * 100), voices, (0.5, 0.9))[0]))
                scores = (tested @ enrolled.T).numpy()
                own = np.eye(len(voices), dtype=bool)
                same.append(scores[own])
                different.append(scores[~own])
            rates.append(equal_error_rate(np.concatenate(same), np.concatenate(different)))
        print(f"{name:20s} {len(voices):6d} " + " ".join(f"{rate:7.1f}" for rate in rates), flush=True)


def attribution_errors(decided: np.ndarray, heard: np.ndarray) -> dict[str, float]:
    """Diarization error without collar and what makes it up, and the share of single-voice frames given to the wrong party
    alone, all in %: booleans (frames, 2)."""
    truth, said, right = heard.sum(1), decided.sum(1), (heard & decided).sum(1)
    total = truth.sum()
    single = truth == 1
    swapped = single & (said == 1) & (right == 0)
    return {
        "error": 100 * (np.maximum(truth, said) - right).sum() / total,
        "missed": 100 * np.maximum(truth - said, 0).sum() / total,
        "false": 100 * np.maximum(said - truth, 0).sum() / total,
        "confused": 100 * swapped.sum() / max(single.sum(), 1),
    }


def dev_calls(
    simulator: Simulator, corpus_name: str, count: int, frames: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Mixed calls between dev voices of one set, as Simulator.call_batch gives them, enrolled from another part of the
    recording, call by call over the same line, from a studio, over another line."""
    rng = simulator.rng
    voices = [voice for voice in simulator.corpus.voices if voice.corpus == corpus_name and voice.quiet_between_words]
    legs, active, agents = np.zeros((2, count, frames * HOP), np.float32), np.zeros((2, count, frames), bool), []
    for row in range(count):
        pair = rng.choice(len(voices), 2, replace=False)
        agents.append(voices[pair[0]])
        for party, spans in enumerate(conversation_schedule(rng, frames)):
            simulator.stem(
                legs[party, row], active[party, row], voices[pair[party]], spans, rng.random() < 0.5, (0.4, 0.9)
            )
    level = rng.uniform(-6, 6, count)
    lines = channel_responses(rng, count, 257)
    mixed = simulator.telephone(legs[0], 0.3, (10, 35), level, lines) + simulator.telephone(
        legs[1], 0.3, (10, 35), -level
    )
    enrolled = simulator.enrol(agents, 1000, lines, np.arange(count) % 3, (0.0, 0.25))
    return compand(mixed, rng.integers(0, 3, count)), torch.from_numpy(np.stack([active[0], active[1]], -1)), enrolled


def mixed_labelled_call(calls: Path) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """auto-repairs-40 in one track, less the start that the agent (10 s of speech) is enrolled from."""
    legs, active = labelled_call(calls)
    needed = int(np.searchsorted(np.cumsum(active[0]), 1000)) + 1
    speech = legs[0, : needed * HOP].reshape(-1, HOP)[torch.from_numpy(active[0, :needed])].reshape(1, -1)
    start = needed // 2 * 2
    return (
        legs[:, start * HOP :].sum(0, keepdim=True).clamp(-1, 0.99997),
        torch.from_numpy(active[:, start:].T.copy())[None],
        speech,
    )


@torch.no_grad()
def evaluate_activity(arguments: argparse.Namespace) -> None:
    """Attribution on mixed calls of dev voices and on the labelled call in one track."""
    listener = Listener(*(load(name, arguments.checkpoints) for name in ("vad", "speaker", "activity")))
    corpus = Corpus(arguments.cache, "dev", ["r100"])
    simulator = Simulator(corpus, make_noises(corpus, arguments.acoustics, seed=99), seed=8)
    sets = {name: dev_calls(simulator, name, 12, 5500) for name in sorted({voice.corpus for voice in corpus.voices})}
    sets["auto-repairs-40"] = mixed_labelled_call(arguments.calls)
    print("set              look-ahead  learnt   error %: median  worst   missed  false  confused (median, worst)")
    for delay, late in enumerate(models.Activity.DELAYS):
        for learn in ("never", "stream", "twice"):
            every: list[dict[str, float]] = []
            for name, (samples, heard, enrolment) in sets.items():
                rows = []
                for call, truth, voice in zip(samples, heard, listener.speaker(log_mel(enrolment))):
                    speech, who = listener.attribute(call[None], voice, delay, learn)
                    decided = decide(speech, who)
                    rows.append(attribution_errors(decided, truth.numpy()[: len(decided)]))
                every += rows if name != "auto-repairs-40" else []
                report(name, late, learn, rows)
            report("all dev calls", late, learn, every)
            for kind, line in enumerate(("same line", "studio", "other line")):
                report(f" by {line}", late, learn, every[kind::3])


def report(name: str, late: int, adapt: str, rows: list[dict[str, float]]) -> None:
    """One line of the attribution table."""
    middle = {key: np.median([row[key] for row in rows]) for key in rows[0]}
    print(
        f"{name:16s} {late * 20:7d} ms {adapt:>8s}   {middle['error']:15.1f} {max(row['error'] for row in rows):6.1f}"
        f" {middle['missed']:8.1f} {middle['false']:6.1f} {middle['confused']:8.1f} {max(row['confused'] for row in rows):6.1f}",
        flush=True,
    )


def main() -> None:
    """Evaluate one network by name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["vad", "speaker", "activity"])
    parser.add_argument("--cache", type=Path, default=HERE / "cache")
    parser.add_argument("--calls", type=Path, default=HERE / "corpora/calls")
    parser.add_argument("--acoustics", type=Path, default=HERE / "corpora/acoustics")
    parser.add_argument("--checkpoints", type=Path, default=HERE / "checkpoints")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    {"vad": evaluate_vad, "speaker": evaluate_speaker, "activity": evaluate_activity}[arguments.name](arguments)


if __name__ == "__main__":
    main()
