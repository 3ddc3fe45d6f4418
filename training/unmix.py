"""Cells, palettes and their factorisation as lib/extract has them, for training the network that mends the masks they give.

A call's palettes are spectra of each of its two voices alone; a mixture is explained as a sum of both palettes' spectra.
"""

from __future__ import annotations

import numpy as np
import torch

from data import RATE

POINTS, STEP = 480, 160
"""Samples of a frame, and from one to the next."""
NARROW, WIDE = 54, 36
BANDS = NARROW + WIDE
FIRST, END = 6, int(3800 * POINTS / RATE)
PALETTE, CHOSEN, ROUNDS = 256, 32, 10
"""Spectra of a voice, of them in a frame's explanation, and rounds of the factorisation."""
SHARPNESS = 2.857
FLOOR, LEAST = 1e-4, 1e-8
WINDOW = torch.from_numpy(np.sin(np.pi * np.arange(POINTS) / POINTS) / np.sqrt(1.5)).float()


def band_of_bins() -> np.ndarray:
    """The band of each of the 241 bins."""
    bins = np.arange(POINTS // 2 + 1)
    hertz = bins * RATE / POINTS
    ratio = np.log(np.maximum(hertz, 1000) / 1000) / np.log(3.8)
    wide = NARROW + np.minimum(WIDE - 1, (WIDE * ratio).astype(int))
    return np.where(bins < FIRST + NARROW, np.maximum(bins - FIRST, 0), wide)


BAND = torch.from_numpy(band_of_bins())


def averages() -> torch.Tensor:
    """Bin powers to band powers, (241, 90)."""
    matrix = torch.zeros(len(BAND), BANDS)
    for k in range(FIRST, END):
        matrix[k, BAND[k]] = 1.0
    return matrix / matrix.sum(0)


AVERAGE = averages()


def spectra(samples: torch.Tensor) -> torch.Tensor:
    """Spectra (..., frames, 241) of samples (..., n)."""
    return torch.fft.rfft(samples.unfold(-1, POINTS, STEP) * WINDOW)


def bands(spectrum: torch.Tensor) -> torch.Tensor:
    """Amplitude of each band to the power of 0.7: (..., 241) to (..., 90)."""
    return ((spectrum.real.square() + spectrum.imag.square()) @ AVERAGE + 1e-14) ** 0.35


def synthesise(spectrum: torch.Tensor, gain: torch.Tensor) -> torch.Tensor:
    """Samples (batch, n) of spectra (batch, frames, 241) with a gain a band (batch, frames, 90)."""
    frames = torch.fft.irfft(spectrum * gain[..., BAND], POINTS) * WINDOW
    count = (frames.shape[1] - 1) * STEP + POINTS
    return torch.nn.functional.fold(frames.transpose(1, 2), (1, count), (1, POINTS), stride=(1, STEP))[:, 0, 0]


def palette(band: torch.Tensor, rng: np.random.Generator, most: int = PALETTE) -> torch.Tensor:
    """Up to `most` spectra of the louder quarter of frames (n, 90), each of sum one, rounded as a call keeps them."""
    level = band.sum(1)
    loud = torch.nonzero(level > torch.quantile(level, 0.75))[:, 0]
    kept = band[loud[torch.from_numpy(rng.permutation(len(loud))[:most])]]
    rounded = torch.round(torch.sqrt(kept / kept.max(1, keepdim=True)[0]) * 255).clamp(min=1).square()
    return rounded / rounded.sum(1, keepdim=True)


def explain(band: torch.Tensor, agent: torch.Tensor, customer: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Each voice's share (n, 90) of frames (n, 90) that are levelled to a mean of one, by palettes (m, 90)."""
    dictionary = torch.nn.functional.pad(torch.cat([agent, customer]), (0, 6)).bfloat16()
    count, ratio = len(dictionary), band * (len(agent) + len(customer)) / (BANDS * (agent.sum(0) + customer.sum(0)) + LEAST)
    first = (torch.nn.functional.pad(ratio, (0, 6)).bfloat16() @ dictionary.T).float()
    weight = torch.zeros(len(band), count)
    for begin, end in ((0, len(agent)), (len(agent), count)):
        value, place = torch.topk(first[:, begin:end], min(CHOSEN, end - begin))
        weight[:, begin:end].scatter_(1, place, value)
    transposed = dictionary.T.contiguous()
    weight = weight.bfloat16()
    padded = torch.nn.functional.pad(band, (0, 6))
    for _ in range(ROUNDS):
        weight *= (padded / (weight @ dictionary + LEAST)).bfloat16() @ transposed
    parts = weight[:, : len(agent)] @ dictionary[: len(agent)], weight[:, len(agent) :] @ dictionary[len(agent) :]
    return parts[0][:, :BANDS].float(), parts[1][:, :BANDS].float()


def levelled(band: torch.Tensor) -> torch.Tensor:
    """Frames (..., 90) at a mean of one."""
    return band * BANDS / (band.sum(-1, keepdim=True) + 1e-12) + FLOOR


def odds(agent: torch.Tensor, customer: torch.Tensor) -> torch.Tensor:
    """The logit of the gain that the palettes alone give."""
    return SHARPNESS * torch.log((agent + LEAST) / (customer + LEAST)).clamp(-12, 12)
