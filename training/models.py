"""The networks. Every layer is one that C reproduces easily: dense, causal convolution, GRU, ReLU, sigmoid, folded batch norm."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from torch import nn

from features import BANDS, FLOOR, MEAN, SCALE

HALF = Path(__file__).resolve().parent / "weights"
SILENCE = (math.log(FLOOR) - MEAN) * SCALE
"""The feature of digital silence, which stands before the first frame of a call."""


class Vad(nn.Module):
    """Speech or not, one leg: log mel (batch, time, 40) to a logit per frame (batch, time).

    The output at frame t is about frame t - 4: 40 ms of look-ahead by delay, no layer sees the future.
    """

    DELAY = 4

    def __init__(self, width: int = 48, hidden: int = 48) -> None:
        super().__init__()
        self.conv = nn.Conv1d(BANDS, width, 5)
        self.gru1 = nn.GRU(width, hidden, batch_first=True)
        self.gru2 = nn.GRU(hidden, hidden, batch_first=True)
        self.out = nn.Linear(2 * hidden, 1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Features (batch, time, 40) to logits (batch, time); before the first frame there is silence (see README)."""
        padded = nn.functional.pad(features.transpose(1, 2), (self.conv.kernel_size[0] - 1, 0), value=SILENCE)
        first, _ = self.gru1(torch.relu(self.conv(padded)).transpose(1, 2))
        second, _ = self.gru2(first)
        return self.out(torch.cat([first, second], -1))[..., 0]


class Block(nn.Module):
    """Causal dilated convolution over time, batch norm, ReLU, added to its input: (batch, width, time) in and out."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.past = 2 * dilation
        self.conv = nn.Conv1d(width, width, 3, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm1d(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Before the first frame there are zeros."""
        return x + torch.relu(self.norm(self.conv(nn.functional.pad(x, (self.past, 0)))))


class Stem(nn.Module):
    """Log mel every 10 ms to `width` channels every 20 ms: frame u sees the features up to 2 u + 1."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(BANDS, width, 6, stride=2, bias=False)
        self.norm = nn.BatchNorm1d(width)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """(batch, time, 40) to (batch, width, time // 2)."""
        even = features[:, : features.shape[1] // 2 * 2].transpose(1, 2)
        return torch.relu(self.norm(self.conv(nn.functional.pad(even, (4, 0), value=SILENCE))))


class Speaker(nn.Module):
    """Whose voice: log mel (batch, time, 40) to an embedding of unit length (batch, 128).

    `frames` gives what is pooled, every 20 ms and causal with half a second of past, so any span of a call can be pooled later.
    """

    EMBEDDING = 128

    def __init__(self, width: int = 192, wide: int = 256) -> None:
        super().__init__()
        self.stem = Stem(width)
        self.blocks = nn.Sequential(*(Block(width, dilation) for dilation in (1, 1, 2, 2, 3, 3)))
        self.wide = nn.Conv1d(width, wide, 1, bias=False)
        self.norm = nn.BatchNorm1d(wide)
        self.gate = nn.Linear(wide, 1)
        self.project = nn.Linear(2 * wide, self.EMBEDDING)

    def frames(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What each 20 ms says, (batch, time // 2, 256), and how much it counts, (batch, time // 2, 1) in 0 to 1."""
        hidden = torch.relu(self.norm(self.wide(self.blocks(self.stem(features))))).transpose(1, 2)
        return hidden, torch.sigmoid(self.gate(hidden))

    @staticmethod
    def sums(hidden: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """What pooling adds up, a row a frame: weight, weighted values, weighted squares: (batch, frames, 513)."""
        hidden, weight = hidden.float(), weight.float()
        weighted = hidden * weight
        return torch.cat([weight, weighted, weighted * hidden], -1)

    def embed(self, total: torch.Tensor) -> torch.Tensor:
        """Embedding of unit length from added-up `sums`: (..., 513) to (..., 128)."""
        wide = (total.shape[-1] - 1) // 2
        count = total[..., :1] + 1e-3
        mean, square = total[..., 1 : 1 + wide] / count, total[..., 1 + wide :] / count
        deviation = torch.sqrt((square - mean.square()).clamp_min(0) + 1e-4)
        return nn.functional.normalize(self.project(torch.cat([mean, deviation], -1)), dim=-1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """The embedding of all of it."""
        return self.embed(self.sums(*self.frames(features)).sum(1))


class Activity(nn.Module):
    """Who speaks: agent, customer, both or neither, from what the speaker network says of each 20 ms.

    Three voices are given as embeddings: the agent as enrolled, and, once the call has taught them, the agent and the customer as
    they sound on this call (zeros until then). Every output frame u (20 ms) answers for the two 10 ms frames that lie
    `DELAYS` frames of 20 ms back: 40 ms for live calls, 500 ms for recordings.
    """

    DELAYS = (2, 25)
    WINDOWS = (25, 50, 100)
    DILATIONS = (1, 2, 4, 8, 16, 32, 1, 4, 2, 16, 1, 8)
    PROFILES = 3
    CLASSES = 4
    """Neither, agent, customer, both: exclusive, for the two are told apart better than each is found."""

    def __init__(self, wide: int = 256, keys: int = 64, width: int = 128, ear: int = 96) -> None:
        super().__init__()
        self.ear = Stem(ear)
        self.key = nn.Linear(wide, keys)
        self.query = nn.Linear(Speaker.EMBEDDING, keys, bias=False)
        self.enter = nn.Linear(ear + keys * (1 + self.PROFILES) + len(self.WINDOWS) * self.PROFILES, width)
        self.blocks = nn.Sequential(*(Block(width, dilation) for dilation in self.DILATIONS))
        self.out = nn.Linear(width, len(self.DELAYS) * 2 * self.CLASSES)

    def forward(
        self, features: torch.Tensor, hidden: torch.Tensor, likeness: torch.Tensor, profiles: torch.Tensor
    ) -> torch.Tensor:
        """Who speaks.

        From log mel (batch, time, 40), speaker frames (batch, time // 2, 256), cosines of the windows with the profiles
        (batch, time // 2, 9: window by window) and profiles (batch, 3, 128), to logits (batch, time // 2, delay 2,
        subframe 2, class 4).
        """
        key = torch.relu(self.key(hidden))
        query = self.query(profiles)
        products = [key * query[:, which : which + 1] for which in range(self.PROFILES)]
        ear = self.ear(features).transpose(1, 2)
        entered = torch.relu(self.enter(torch.cat([ear, key, *products, likeness], -1)))
        mixed = self.blocks(entered.transpose(1, 2)).transpose(1, 2)
        return self.out(mixed).unflatten(-1, (len(self.DELAYS), 2, self.CLASSES))


def likeness(speaker: Speaker, sums: torch.Tensor, profiles: torch.Tensor) -> torch.Tensor:
    """Cosines of what was just heard, in three windows, with each profile: (batch, frames, 9), window by window.

    `sums` is (batch, frames, 513), `profiles` (batch, 3, 128).
    """
    running = torch.cumsum(sums, 1)
    cosines = []
    for length in Activity.WINDOWS:
        recent = running.clone()
        recent[:, length:] -= running[:, :-length]
        cosines.append(speaker.embed(recent) @ profiles.transpose(1, 2))
    return torch.cat(cosines, -1)


class Passage(nn.Module):
    """Whether a hop is the agent's alone: what is known of it and of those around it (..., INPUTS) to a logit (...)."""

    INPUTS = 52

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.out = nn.Linear(self.INPUTS, 32), nn.Linear(32, 16), nn.Linear(16, 1)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Inputs as lib/attribute/passage.c makes them."""
        return self.out(torch.relu(self.second(torch.relu(self.first(inputs)))))[..., 0]


class Joint(nn.Module):
    """The speaker and the activity network, to be trained together."""

    def __init__(self) -> None:
        super().__init__()
        self.speaker, self.activity = Speaker(), Activity()


NETWORKS = {"vad": Vad, "speaker": Speaker, "activity": Activity, "passage": Passage}


def load(name: str, checkpoints: Path) -> nn.Module:
    """The averaged weights of a trained network, ready for inference.

    Joint training supersedes what it started from; where there is no checkpoint, the half-precision weights of the last export
    are taken.
    """
    network, joint, single = NETWORKS[name](), checkpoints / "joint.pt", checkpoints / f"{name}.pt"
    if name in ("speaker", "activity") and joint.exists():
        state = torch.load(joint, weights_only=True)["average"]
        weights = {key.removeprefix(f"{name}."): value for key, value in state.items() if key.startswith(f"{name}.")}
    elif single.exists():
        weights = torch.load(single, weights_only=True)["average"]
    else:
        with np.load(HALF / f"{name}.npz") as arrays:
            weights = {key: torch.from_numpy(array.astype(np.float32)) for key, array in arrays.items()}
    # What is not in the weights is only the batch norm's count of batches.
    network.load_state_dict(weights, strict=False)
    return network.eval()


def save_half(name: str, network: nn.Module, folder: Path) -> None:
    """Keep the weights in half precision, NAME.npz, so that training can go on where checkpoints are lost."""
    state = {key: value.numpy() for key, value in network.state_dict().items() if value.is_floating_point()}
    np.savez_compressed(folder / f"{name}.npz", **{key: value.astype(np.float16) for key, value in state.items()})
