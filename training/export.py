"""Write a network as C: a header and a source file of named constant arrays, and a golden test for the C inference.

    python export.py vad

Small networks are written as float32, large ones (`INT8`) as int8 with one float scale an output row. Batch norm is folded.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

import models
from data import HOP
from features import log_mel
from models import load, save_half

HERE = Path(__file__).resolve().parent
INT8 = {"speaker", "activity"}
GOLDEN_SECONDS = 4


def fold(layer: nn.Conv1d, norm: nn.BatchNorm1d) -> tuple[np.ndarray, np.ndarray]:
    """Weight (out, taps, in) and bias (out,) of a convolution with the batch norm behind it folded in."""
    gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weight = layer.weight * gain[:, None, None]
    return weight.permute(0, 2, 1).detach().numpy(), (norm.bias - norm.running_mean * gain).detach().numpy()


def dense(name: str, layer: nn.Module) -> dict[str, np.ndarray]:
    """A dense layer, or a convolution without batch norm: weight (out, in) or (out, taps, in), bias (out,)."""
    weight = layer.weight.permute(0, 2, 1) if layer.weight.dim() == 3 else layer.weight
    return {f"{name}_weight": weight.detach().numpy(), f"{name}_bias": layer.bias.detach().numpy()}


def gru(name: str, layer: nn.GRU) -> dict[str, np.ndarray]:
    """A GRU: input and state weights (3 hidden, in), rows in the order reset, update, new; both biases (3 hidden,)."""
    kinds = {
        "weight_ih_l0": "input_weight",
        "weight_hh_l0": "state_weight",
        "bias_ih_l0": "input_bias",
        "bias_hh_l0": "state_bias",
    }
    return {f"{name}_{new}": getattr(layer, old).detach().numpy() for old, new in kinds.items()}


def folded(name: str, layer: nn.Conv1d, norm: nn.BatchNorm1d) -> dict[str, np.ndarray]:
    """A convolution with its batch norm, as `fold` gives it."""
    weight, bias = fold(layer, norm)
    return {f"{name}_weight": weight, f"{name}_bias": bias}


def vad_arrays(network: models.Vad) -> dict[str, np.ndarray]:
    """All arrays of the voice-activity network, in the order of computation."""
    return (
        dense("conv", network.conv) | gru("gru1", network.gru1) | gru("gru2", network.gru2) | dense("out", network.out)
    )


def speaker_arrays(network: models.Speaker) -> dict[str, np.ndarray]:
    """All arrays of the speaker network, in the order of computation."""
    arrays = folded("stem", network.stem.conv, network.stem.norm)
    for number, block in enumerate(network.blocks):
        arrays |= folded(f"block{number}", block.conv, block.norm)
    return (
        arrays
        | folded("wide", network.wide, network.norm)
        | dense("gate", network.gate)
        | dense("project", network.project)
    )


def activity_arrays(network: models.Activity) -> dict[str, np.ndarray]:
    """All arrays of the activity network, in the order of computation."""
    arrays = (
        folded("ear", network.ear.conv, network.ear.norm)
        | dense("key", network.key)
        | {"query_weight": network.query.weight.detach().numpy()}
        | dense("enter", network.enter)
    )
    for number, block in enumerate(network.blocks):
        arrays |= folded(f"block{number}", block.conv, block.norm)
    return arrays | dense("out", network.out)


def passage_arrays(network: models.Passage) -> dict[str, np.ndarray]:
    """All arrays of the passage network, in the order of computation."""
    return dense("first", network.first) | dense("second", network.second) | dense("out", network.out)


ARRAYS = {"vad": vad_arrays, "speaker": speaker_arrays, "activity": activity_arrays, "passage": passage_arrays}


def golden_input() -> np.ndarray:
    """A made signal that C repeats exactly in integers, int16 (n,): buzz of a wandering pitch in bursts, over noise."""
    state, out, phase = 12345, [], 0
    for n in range(GOLDEN_SECONDS * 8000):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        noise = (state >> 16) - 32768
        period = 50 + (n // 400) % 30
        phase = 0 if phase + 1 >= period else phase + 1
        loud = (n // 2400) % 3
        buzz = (12000 * (period - 2 * phase)) // period if loud else 0
        out.append((buzz * loud) // 2 + (noise >> (8 - 2 * loud)))
    return np.clip(np.array(out), -32768, 32767).astype(np.int16)


def quantise(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int8 weights and one scale a row: weight ~ scale[row] * int8."""
    scale = np.abs(weight.reshape(len(weight), -1)).max(1) / 127.0 + 1e-12
    return np.rint(weight.reshape(len(weight), -1) / scale[:, None]).astype(np.int8), scale.astype(np.float32)


def text(values: np.ndarray) -> str:
    """Array contents as C, wrapped."""
    words = [str(v) for v in values.ravel()] if values.dtype == np.int8 else [f"{v:.9g}" for v in values.ravel()]
    words = [w if values.dtype == np.int8 else (w if any(c in w for c in ".en") else w + ".0") + "f" for w in words]
    width = 32 if values.dtype == np.int8 else 8
    return ",\n".join(",".join(words[i : i + width]) for i in range(0, len(words), width))


def write_c(name: str, arrays: dict[str, np.ndarray], folder: Path) -> str:
    """Write NAME_weights.h and .c; the model id."""
    digest = hashlib.sha256()
    declarations, definitions = [], []
    for key, values in arrays.items():
        parts = {key: values.astype(np.float32)}
        if name in INT8 and key.endswith("_weight"):
            small, scale = quantise(values)
            parts = {key: small, key.replace("_weight", "_scale"): scale}
        for part, content in parts.items():
            digest.update(part.encode() + content.tobytes())
            kind = "int8_t" if content.dtype == np.int8 else "float"
            shape = " x ".join(str(n) for n in (values.shape if part == key else content.shape))
            declarations.append(f"extern const {kind} {name}_{part}[{content.size}]; /* {shape} */")
            definitions.append(f"const {kind} {name}_{part}[{content.size}] = {{\n{text(content)}\n}};\n")
    model_id = digest.hexdigest()[:16]
    guard = f"{name.upper()}_WEIGHTS_H"
    head = "/* Made by training/export.py; do not edit. Shapes and meaning: training/README.md. */\n"
    (folder / f"{name}_weights.h").write_text(
        f'{head}#ifndef {guard}\n#define {guard}\n\n#include <stdint.h>\n\n#define {name.upper()}_MODEL_ID "{model_id}"\n\n'
        + "\n".join(declarations)
        + "\n\n#endif\n"
    )
    (folder / f"{name}_weights.c").write_text(f'{head}#include "{name}_weights.h"\n\n' + "\n".join(definitions))
    return model_id


def load_rounded(network: nn.Module) -> nn.Module:
    """The network with its weights rounded to int8 and batch norm folded, so that PyTorch computes what C computes."""
    for module in network.modules():
        if isinstance(module, (models.Block, models.Stem)):
            replace_folded(module, "conv", module.norm)
            module.norm = nn.Identity()
    if hasattr(network, "wide"):
        replace_folded(network, "wide", network.norm)
        network.norm = nn.Identity()
    for module in network.modules():
        if isinstance(module, (nn.Conv1d, nn.Linear)):
            values = (
                module.weight.detach().permute(0, 2, 1).numpy()
                if module.weight.dim() == 3
                else module.weight.detach().numpy()
            )
            small, scale = quantise(values)
            exact = torch.from_numpy((small * scale[:, None]).reshape(values.shape).astype(np.float32))
            module.weight.data = exact.permute(0, 2, 1).contiguous() if module.weight.dim() == 3 else exact
    return network


def replace_folded(owner: nn.Module, name: str, norm: nn.BatchNorm1d) -> None:
    """Replace a convolution by the one with `norm` folded in."""
    layer = getattr(owner, name)
    weight, bias = fold(layer, norm)
    fresh = nn.Conv1d(layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride, dilation=layer.dilation)
    fresh.weight.data, fresh.bias.data = torch.from_numpy(weight.copy()).permute(
        0, 2, 1
    ).contiguous(), torch.from_numpy(bias.copy())
    setattr(owner, name, fresh.eval())


def golden_samples() -> torch.Tensor:
    """The golden input in [-1, 1), shape (1, n)."""
    return torch.from_numpy(golden_input().astype(np.float32) / 32768.0)[None]


@torch.no_grad()
def golden(name: str, network: nn.Module, checkpoints: Path) -> tuple[str, np.ndarray]:
    """What a network answers to golden_input(), or the passage network to numbers of its own: a line that says what, and the values, a row a line."""
    features = log_mel(golden_samples())
    if name == "vad":
        return (
            "probability of speech, one a 10 ms frame as the network puts it out (4 frames late)",
            torch.sigmoid(network(features))[0, :, None].numpy(),
        )
    if name == "passage":
        inputs = torch.arange(4 * models.Passage.INPUTS).reshape(4, -1) * 37 % 101 / 100
        return "probability; input i of row r is (37 (52 r + i) mod 101) / 100", torch.sigmoid(network(inputs))[:, None].numpy()
    if name == "speaker":
        return "embedding of the whole input, 128 values", network(features)[0, :, None].numpy()
    speaker = load_rounded(load("speaker", checkpoints))
    hidden, weight = speaker.frames(features)
    sums = speaker.sums(hidden, weight)
    profiles = torch.stack([speaker.embed(sums[:, start : start + 60].sum(1)) for start in (0, 60, 120)], 1)
    answers = torch.softmax(network(features, hidden, models.likeness(speaker, sums, profiles), profiles), -1)
    return (
        "probabilities as the network puts them out, a line a frame of 20 ms: for delay 2 and 25 frames, for its two 10 ms halves, "
        "neither, agent, customer, both; profiles: agent, agent on the call, customer = embeddings of frames 0-59, 60-119, 120-179"
    ), answers[0].flatten(1).numpy()


def export(name: str, checkpoints: Path, out: Path, weights: Path) -> str:
    """Write the C files and golden test of one network from its checkpoint; the model id."""
    out.mkdir(exist_ok=True)
    weights.mkdir(exist_ok=True)
    network = load(name, checkpoints)
    model_id = write_c(name, ARRAYS[name](network), out)
    save_half(name, network, weights)
    if name in INT8:
        network = load_rounded(network)
    meaning, values = golden(name, network, checkpoints)
    (out / f"{name}_golden.txt").write_text(
        f"# {meaning}\n"
        + "\n".join(" ".join(f"{value:.7f}" for value in row) for row in values)
        + "\n"
    )
    features = log_mel(golden_samples())[0].numpy()
    (out / "features_golden.txt").write_text(
        "# the 40 features of frames 0, 50, 100, ... 350 of the golden input, a line a frame\n"
        + "\n".join(" ".join(f"{value:.5f}" for value in features[frame]) for frame in range(0, len(features), 50))
        + "\n"
    )
    return model_id


def main() -> None:
    """Export one network by name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(ARRAYS))
    parser.add_argument("--checkpoints", type=Path, default=HERE / "checkpoints")
    parser.add_argument("--out", type=Path, default=HERE / "export")
    parser.add_argument("--weights", type=Path, default=HERE / "weights")
    arguments = parser.parse_args()
    print(arguments.name, export(arguments.name, arguments.checkpoints, arguments.out, arguments.weights))


if __name__ == "__main__":
    main()
