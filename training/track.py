"""Who speaks on one mixed call: the networks at work, as they are evaluated. The C code shares the windows out otherwise (README.md).

The agent is anchored by the enrolment. The customer is unknown at first, and knowing both voices is worth a factor of three, so
the voices of the call are learnt from windows of a second of speech: the customer begins as what is least like the agent, then
the windows are shared out between the two, a few rounds over.
"""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

import models
from data import HOP
from features import log_mel

WINDOW, STRIDE = 50, 10
"""Frames of 20 ms in a window that voices are learnt from, and from one window to the next."""
KEPT = 600
"""Windows of speech that are remembered: two minutes."""
LEAST = 8
SPEECH, DENSE = 0.6, 0.6
"""A frame is speech above this probability; a window counts if this share of it is speech."""
MARGIN, ROUNDS, ANCHOR = 0.05, 8, 0.5
BLOCK, PAST = 100, 200
"""Frames after which the voices are learnt anew, and how far back the activity network looks (190) and its windows (100)."""


def learn_voices(windows: torch.Tensor, agent: torch.Tensor) -> torch.Tensor:
    """The agent and the customer as they sound on this call, (2, 128), from window embeddings (n, 128) and the enrolment (128,).

    Zeros where a voice has not been heard.
    """
    voices = torch.zeros(2, len(agent))
    if len(windows) < LEAST:
        return voices
    likeness = windows @ agent
    mine, other = agent, functional.normalize(windows[likeness <= likeness.quantile(0.25)].mean(0), dim=0)
    for _ in range(ROUNDS):
        lead = windows @ mine - windows @ other
        ours, theirs = windows[lead > MARGIN], windows[lead < -MARGIN]
        voices[0] = ours.mean(0) if len(ours) >= LEAST // 2 else 0
        voices[1] = theirs.mean(0) if len(theirs) >= LEAST // 2 else 0
        mine = functional.normalize(voices[0] + ANCHOR * agent, dim=0)
        other = functional.normalize(voices[1], dim=0) if voices[1].any() else other
    return functional.normalize(voices, dim=-1)


class Listener:
    """The three networks, ready to follow calls."""

    def __init__(self, vad: models.Vad, speaker: models.Speaker, activity: models.Activity) -> None:
        self.vad, self.speaker, self.activity = vad, speaker, activity

    @torch.no_grad()
    def attribute(
        self, samples: torch.Tensor, agent: torch.Tensor, delay: int, learn: str
    ) -> tuple[np.ndarray, np.ndarray]:
        """Follow one call, samples (1, n): probability of speech (frames,) and of neither, agent, customer, both (frames, 4).

        Frames are 10 ms. `agent` is the enrolment (128,), `delay` picks the look-ahead from Activity.DELAYS. `learn` is "never",
        "stream" (from what was heard so far, every 2 s) or "twice" (from all of it, in a second pass).
        """
        late = models.Activity.DELAYS[delay]
        features = log_mel(functional.pad(samples, (0, late * 2 * HOP)))
        frames = features.shape[1] // 2
        speech = torch.sigmoid(self.vad(features))[0, models.Vad.DELAY :]
        hidden, weight = self.speaker.frames(features)
        sums = self.speaker.sums(hidden, weight)
        spoken = functional.pad(speech, (0, 2 * frames - len(speech))).unflatten(0, (-1, 2)).mean(1) > SPEECH
        ends = torch.arange(WINDOW, frames - late, STRIDE)
        running = functional.pad(torch.cumsum(sums[0], 0), (0, 0, 1, 0))
        windows = self.speaker.embed(running[ends] - running[ends - WINDOW])
        dense = torch.stack([spoken[end - WINDOW : end].float().mean() for end in ends]) > DENSE
        profiles = torch.zeros(1, 3, len(agent))
        profiles[:, 0] = agent
        answers = torch.zeros(frames, 2, models.Activity.CLASSES)
        if learn == "twice":
            profiles[0, 1:] = learn_voices(windows[dense], agent)
        for start in range(0, frames, BLOCK):
            if learn == "stream":
                profiles[0, 1:] = learn_voices(windows[dense & (ends <= start)][-KEPT:], agent)
            part = slice(max(0, start - PAST), start + BLOCK)
            early = max(0, part.start - max(models.Activity.WINDOWS))
            cosines = models.likeness(self.speaker, sums[:, early : part.stop], profiles)[:, part.start - early :]
            heard = features[:, 2 * part.start : 2 * part.stop]
            logits = self.activity(heard, hidden[:, part], cosines, profiles)[0, start - part.start :, delay]
            answers[start : start + BLOCK] = torch.softmax(logits, -1)
        who = answers[late:].flatten(0, 1).numpy()
        return speech[: len(who)].numpy(), who


def decide(speech: np.ndarray, who: np.ndarray, threshold: float = 0.4, both: float = 0.7) -> np.ndarray:
    """Who is active per 10 ms, booleans (frames, 2: agent, customer), from what `attribute` gives.

    Somebody speaks where the geometric mean of both networks' answers is above `threshold`; who it is, is the likeliest, with
    both at once discounted to `both`.
    """
    somebody = np.sqrt(speech * (1 - who[:, 0])) > threshold
    best = (who[:, 1:] * np.array([1, 1, both])).argmax(1) + 1
    return np.stack([best % 2 == 1, best >= 2], 1) & somebody[:, None]
