"""The network that takes one voice out of a mixture where both speak: a mask per time-frequency cell for the agent and for
whoever else speaks.

Weights are shared over frequency, since a harmonic looks alike wherever it lies: bands of four bins, and two recurrent
networks in turn, one along frequency and one along time (Luo and Yu, "Music source separation with band-split RNN", 2022,
equations 3 to 5, here with bands of one width and one shared encoder).
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import nn

WINDOW, STEP = 256, 128
"""Samples at 8 kHz: 32 ms every 16 ms."""
FIRST, BANDS, BAND_BINS = 3, 29, 4
"""Bins 3 to 118 (94 to 3690 Hz) in bands of four; outside them the mask is that of the nearest band."""
LAST = FIRST + BANDS * BAND_BINS
PARTIES, EMBEDDING = 2, 128


@lru_cache(maxsize=None)
def window() -> torch.Tensor:
    """Square root of a periodic Hann window, for analysis and for synthesis, shape (256,)."""
    return torch.hann_window(WINDOW, periodic=True).sqrt()


def analyse(samples: torch.Tensor) -> torch.Tensor:
    """Samples (batch, n), n a multiple of 128, to spectra (batch, n / 128 + 1, 129): frame t is centred on sample 128 t."""
    padded = nn.functional.pad(samples, (STEP, STEP))
    return torch.fft.rfft(padded.unfold(1, WINDOW, STEP) * window())


def synthesise(spectra: torch.Tensor) -> torch.Tensor:
    """The way back, (..., frames, 129) to (..., n)."""
    frames = torch.fft.irfft(spectra, WINDOW) * window()
    first, second = frames[..., :STEP], frames[..., STEP:]
    return (first[..., 1:, :] + second[..., :-1, :]).flatten(-2)


class Along(nn.Module):
    """A recurrent network along one axis, both ways, added to its input: (rows, steps, width) in and out."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.lstm = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Same shape in and out."""
        return x + self.out(self.lstm(self.norm(x))[0])


class Extractor(nn.Module):
    """Masks of both parties from the mixture's spectra and their voices."""

    def __init__(self, width: int = 32, hidden: int = 32, blocks: int = 3) -> None:
        super().__init__()
        self.width = width
        self.enter = nn.Conv2d(3 * BAND_BINS, width, (3, 3), padding=1)
        self.voices = nn.Linear(PARTIES * EMBEDDING, 64)
        self.place = nn.Linear(64, BANDS * 2 * width)
        self.blocks = nn.ModuleList(
            nn.ModuleList([Along(width, hidden), Along(width, hidden)]) for _ in range(blocks)
        )
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, PARTIES * BAND_BINS)

    def encode(self, spectra: torch.Tensor) -> torch.Tensor:
        """Spectra (batch, frames, 129) to what each band shows, (batch, 12, frames, bands): compressed, and level taken out."""
        inner = spectra[..., FIRST:LAST]
        loud = inner.abs().square().mean((1, 2), keepdim=True).sqrt() + 1e-5
        size = (inner.abs() / loud).clamp_min(1e-4)
        turned = torch.view_as_real(inner / loud) * size.pow(-0.6)[..., None]
        seen = torch.cat([size.pow(0.4)[..., None], turned], -1)
        return seen.unflatten(2, (BANDS, BAND_BINS)).permute(0, 3, 4, 1, 2).flatten(1, 2)

    def forward(self, spectra: torch.Tensor, profiles: torch.Tensor) -> torch.Tensor:
        """Masks, 0 to 1, (batch, party 2, frames, 129), from spectra (batch, frames, 129) and profiles (batch, 2, 128)."""
        batch, frames = spectra.shape[:2]
        x = self.enter(self.encode(spectra)).permute(0, 2, 3, 1)
        scale, shift = self.place(torch.relu(self.voices(profiles.flatten(1)))).view(batch, 1, BANDS, 2, -1).unbind(3)
        x = x * (1 + scale) + shift
        for across, along in self.blocks:
            x = across(x.flatten(0, 1)).view(batch, frames, BANDS, -1)
            x = x.transpose(1, 2)
            x = along(x.flatten(0, 1)).view(batch, BANDS, frames, -1).transpose(1, 2)
        masks = torch.sigmoid(self.out(self.norm(x)).float())
        masks = masks.unflatten(-1, (PARTIES, BAND_BINS)).permute(0, 3, 1, 2, 4).flatten(3)
        low, high = masks[..., :1].expand(-1, -1, -1, FIRST), masks[..., -1:].expand(-1, -1, -1, WINDOW // 2 + 1 - LAST)
        return torch.cat([low, masks, high], -1)
