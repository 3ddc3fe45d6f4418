"""The networks once more in plain numpy, from the exported C files and README.md alone; checks the golden files against them.

    python reference.py

This is what the C code has to do, layer by layer, and the proof that the exported arrays and the README say enough.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np

from export import golden_input

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-5
SILENCE = (np.log(1e-8) + 10) / 4


def read_c(folder: Path, name: str) -> dict[str, np.ndarray]:
    """The arrays of NAME_weights.c in the shapes that the header's comments give, int8 weights times their scales."""
    header, source = ((folder / f"{name}_weights.{end}").read_text() for end in "hc")
    shapes = {
        match[1]: [int(n) for n in match[2].split(" x ")]
        for match in re.finditer(r"(\w+)\[\d+\]; /\* ([\dx ]+) \*/", header)
    }
    arrays = {}
    for match in re.finditer(r"const \w+ (\w+)\[\d+\] = \{(.*?)\};", source, re.S):
        values = [float(word.rstrip("f")) for word in match[2].replace("\n", "").split(",")]
        arrays[match[1].removeprefix(f"{name}_")] = np.array(values).reshape(shapes[match[1]])
    for key in [key for key in arrays if key.endswith("_scale")]:
        weight = arrays[key.replace("_scale", "_weight")]
        weight *= arrays[key].reshape(-1, *[1] * (weight.ndim - 1))
    return arrays


def read_golden(path: Path) -> np.ndarray:
    """Numbers of a golden file, a row a line."""
    return np.array(
        [[float(word) for word in line.split()] for line in path.read_text().splitlines() if line[0] != "#"]
    )


def front_end(samples: np.ndarray) -> np.ndarray:
    """Samples in [-1, 1), (n,), to features (n // 80, 40)."""
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(256) / 256)) / np.sqrt(96)
    mel = lambda hertz: 2595 * np.log10(1 + hertz / 700)
    edges = mel(100) + (mel(3900) - mel(100)) * np.arange(42) / 41
    bins = mel(31.25 * np.arange(129))[:, None]
    rise, fall = (bins - edges[:-2]) / np.diff(edges)[:-1], (edges[2:] - bins) / np.diff(edges)[1:]
    triangles = np.maximum(0, np.minimum(rise, fall))
    padded = np.concatenate([np.zeros(256 - 80), samples])
    frames = np.stack([padded[80 * t : 80 * t + 256] for t in range(len(samples) // 80)])
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    return (np.log(power @ (triangles / triangles.sum(0)) + 1e-8) + 10) / 4


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Logistic function."""
    return 1 / (1 + np.exp(-x))


def relu(x: np.ndarray) -> np.ndarray:
    """The positive part."""
    return np.maximum(x, 0)


def dense(arrays: dict[str, np.ndarray], name: str, x: np.ndarray) -> np.ndarray:
    """Rows x (n, in) to (n, out)."""
    return x @ arrays[f"{name}_weight"].reshape(-1, x.shape[1]).T + arrays.get(f"{name}_bias", 0)


def convolve(
    arrays: dict, name: str, x: np.ndarray, past: int, dilation: int = 1, stride: int = 1, fill: float = 0.0
) -> np.ndarray:
    """Causal convolution over rows x (n, in); `past` rows of `fill` stand before the first."""
    weight = arrays[f"{name}_weight"]
    padded = np.concatenate([np.full((past, x.shape[1]), fill), x])
    count = (len(padded) - dilation * (weight.shape[1] - 1) - 1) // stride + 1
    taps = [
        padded[tap * dilation :][: (count - 1) * stride + 1 : stride] @ weight[:, tap].T
        for tap in range(weight.shape[1])
    ]
    return sum(taps) + arrays[f"{name}_bias"]


def blocks(arrays: dict[str, np.ndarray], x: np.ndarray, dilations: tuple[int, ...]) -> np.ndarray:
    """Residual blocks one after the other."""
    for number, dilation in enumerate(dilations):
        x = x + relu(convolve(arrays, f"block{number}", x, 2 * dilation, dilation))
    return x


def gru(arrays: dict[str, np.ndarray], name: str, x: np.ndarray) -> np.ndarray:
    """A GRU over rows x, from a state of zeros."""
    size = arrays[f"{name}_state_weight"].shape[1]
    state, out = np.zeros(size), []
    for row in x:
        given = arrays[f"{name}_input_weight"] @ row + arrays[f"{name}_input_bias"]
        kept = arrays[f"{name}_state_weight"] @ state + arrays[f"{name}_state_bias"]
        reset = sigmoid(given[:size] + kept[:size])
        update = sigmoid(given[size : 2 * size] + kept[size : 2 * size])
        new = np.tanh(given[2 * size :] + reset * kept[2 * size :])
        state = (1 - update) * new + update * state
        out.append(state)
    return np.array(out)


def vad(arrays: dict[str, np.ndarray], features: np.ndarray) -> np.ndarray:
    """Probability of speech, (frames, 1), four frames late."""
    first = gru(arrays, "gru1", relu(convolve(arrays, "conv", features, 4, fill=SILENCE)))
    return sigmoid(dense(arrays, "out", np.concatenate([first, gru(arrays, "gru2", first)], 1)))


def speaker_frames(arrays: dict[str, np.ndarray], features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """h (frames, 256) and the sums' rows a, a h, a h^2 (frames, 513), every 20 ms."""
    hidden = blocks(arrays, relu(convolve(arrays, "stem", features, 4, stride=2, fill=SILENCE)), (1, 1, 2, 2, 3, 3))
    hidden = relu(dense(arrays, "wide", hidden))
    weight = sigmoid(dense(arrays, "gate", hidden))
    return hidden, np.concatenate([weight, weight * hidden, weight * hidden**2], 1)


def embed(arrays: dict[str, np.ndarray], total: np.ndarray) -> np.ndarray:
    """Added-up sums (513,) to an embedding of unit length (128,)."""
    count = total[0] + 1e-3
    mean, square = total[1:257] / count, total[257:] / count
    deviation = np.sqrt(np.maximum(square - mean**2, 0) + 1e-4)
    projected = dense(arrays, "project", np.concatenate([mean, deviation])[None])[0]
    return projected / np.linalg.norm(projected)


def activity(
    arrays: dict, speaker: dict, features: np.ndarray, hidden: np.ndarray, sums: np.ndarray, profiles: np.ndarray
) -> np.ndarray:
    """Probabilities (frames of 20 ms, 16) for profiles (3, 128)."""
    running = np.concatenate([np.zeros((1, sums.shape[1])), np.cumsum(sums, 0)])
    windows = (25, 50, 100)
    cosines = [
        np.concatenate([profiles @ embed(speaker, running[u + 1] - running[max(0, u + 1 - w)]) for w in windows])
        for u in range(len(sums))
    ]
    key, query = relu(dense(arrays, "key", hidden)), dense(arrays, "query", profiles)
    ear = relu(convolve(arrays, "ear", features, 4, stride=2, fill=SILENCE))
    entered = relu(dense(arrays, "enter", np.concatenate([ear, key, *(key * q for q in query), np.stack(cosines)], 1)))
    logits = dense(arrays, "out", blocks(arrays, entered, (1, 2, 4, 8, 16, 32, 1, 4, 2, 16, 1, 8))).reshape(len(entered), -1, 4)
    odds = np.exp(logits - logits.max(-1, keepdims=True))
    return (odds / odds.sum(-1, keepdims=True)).reshape(len(entered), -1)


def passage(arrays: dict) -> np.ndarray:
    """Probabilities of the numbers that its golden file names, (4, 1)."""
    inputs = np.arange(4 * 52).reshape(4, 52) * 37 % 101 / 100
    hidden = relu(dense(arrays, "second", relu(dense(arrays, "first", inputs))))
    return 1 / (1 + np.exp(-dense(arrays, "out", hidden)))


def main() -> None:
    """Compare with every golden file; exit status 1 where one is off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--export", type=Path, default=HERE / "export")
    folder = parser.parse_args().export
    nets = {name: read_c(folder, name) for name in ("vad", "speaker", "activity", "passage")}
    features = front_end(golden_input() / 32768.0)
    hidden, sums = speaker_frames(nets["speaker"], features)
    profiles = np.stack([embed(nets["speaker"], sums[start : start + 60].sum(0)) for start in (0, 60, 120)])
    answers = {
        "features": features[::50],
        "vad": vad(nets["vad"], features),
        "speaker": embed(nets["speaker"], sums.sum(0))[:, None],
        "activity": activity(nets["activity"], nets["speaker"], features, hidden, sums, profiles),
        "passage": passage(nets["passage"]),
    }
    worst = 0.0
    for name, answer in answers.items():
        difference = float(np.abs(answer - read_golden(folder / f"{name}_golden.txt")).max())
        worst = max(worst, difference)
        print(f"{name:9s} largest difference {difference:.1e}")
    raise SystemExit(worst > TOLERANCE)


if __name__ == "__main__":
    main()
