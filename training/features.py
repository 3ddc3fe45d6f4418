"""The front end that every network shares: 40 log mel energies every 10 ms. README.md gives it for C."""

from __future__ import annotations

import math
from functools import lru_cache

import torch

from data import HOP, RATE

WINDOW = 256
BANDS = 40
LOW_HZ, HIGH_HZ = 100.0, 3900.0
FLOOR = 1e-8
MEAN, SCALE = -10.0, 0.25


def mel(hertz: float) -> float:
    """Hertz to mel (HTK)."""
    return 2595.0 * math.log10(1.0 + hertz / 700.0)


@lru_cache(maxsize=None)
def window() -> torch.Tensor:
    """Periodic Hann window, shape (256,), scaled to unit energy so that white noise of power p gives bins of power p."""
    hann = torch.hann_window(WINDOW, periodic=True, dtype=torch.float64)
    return (hann / hann.square().sum().sqrt()).float()


@lru_cache(maxsize=None)
def filterbank() -> torch.Tensor:
    """Triangles in mel, each summing to one over the bins, shape (129, 40)."""
    edges = [mel(LOW_HZ) + (mel(HIGH_HZ) - mel(LOW_HZ)) * i / (BANDS + 1) for i in range(BANDS + 2)]
    weights = torch.zeros(WINDOW // 2 + 1, BANDS, dtype=torch.float64)
    for bin_index in range(WINDOW // 2 + 1):
        position = mel(bin_index * RATE / WINDOW)
        for band in range(BANDS):
            low, centre, high = edges[band : band + 3]
            weights[bin_index, band] = max(
                0.0, min((position - low) / (centre - low), (high - position) / (high - centre))
            )
    return (weights / weights.sum(0, keepdim=True)).float()


def log_mel(samples: torch.Tensor) -> torch.Tensor:
    """Samples in [-1, 1), shape (batch, n), to features, shape (batch, n // 80, 40).

    Frame t sees the 256 samples that end with sample 80 (t + 1) - 1; before the call there are zeros.
    """
    count = samples.shape[1] // HOP
    padded = torch.nn.functional.pad(samples[:, : count * HOP], (WINDOW - HOP, 0))
    frames = padded.unfold(1, WINDOW, HOP) * window()
    power = torch.view_as_real(torch.fft.rfft(frames)).square().sum(-1)
    return (torch.log(power @ filterbank() + FLOOR) - MEAN) * SCALE
