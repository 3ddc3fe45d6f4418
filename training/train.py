"""Train one network by name; resumes from its last checkpoint and writes one every few minutes.

python train.py vad --minutes 25
"""

from __future__ import annotations

import argparse
import copy
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

import models
from data import Corpus
from features import log_mel
from noises import make_noises
from simulate import Simulator
from teacher import read_targets

HERE = Path(__file__).resolve().parent


class VadTask:
    """Voice activity of one leg."""

    network = models.Vad
    learning_rate = 2e-3

    batch, frames = 32, 500
    seconds = batch * frames / 100.0

    def __init__(self, simulator: Simulator, _cache: Path, _checkpoints: Path) -> None:
        self.simulator = simulator

    def loss(self, network: nn.Module) -> torch.Tensor:
        """Loss of one fresh batch."""
        samples, active = self.simulator.vad_batch(self.batch, self.frames)
        with torch.no_grad():
            features = log_mel(samples)
        logits = network(features)[:, models.Vad.DELAY :]
        target = active[:, : self.frames - models.Vad.DELAY].float()
        return nn.functional.binary_cross_entropy_with_logits(logits, target)


class SpeakerTask:
    """Whose voice: near the teacher's embedding of the voice, and nearer to it than to any other voice, by a margin."""

    network = models.Speaker
    learning_rate = 2e-3
    seconds = 120.0
    sharpness, margin = 20.0, 0.1

    def __init__(self, simulator: Simulator, cache: Path, checkpoints: Path) -> None:
        self.simulator = simulator
        self.targets = torch.from_numpy(read_targets(cache, simulator.corpus)).float()

    def loss(self, network: nn.Module) -> torch.Tensor:
        """Loss of one fresh batch of 120 s in crops of 0.6 to 3 s."""
        seconds = float(np.exp(self.simulator.rng.uniform(np.log(0.6), np.log(3.0))))
        frames = int(seconds * 50) * 2
        samples, voices = self.simulator.voice_batch(int(self.seconds / seconds), frames)
        label = torch.tensor([voice.voice_id for voice in voices])
        with torch.no_grad():
            features = log_mel(samples)
        with torch.autocast("cpu", torch.bfloat16):
            hidden, weight = network.frames(features)
        cosines = network.embed(network.sums(hidden, weight).sum(1)) @ self.targets.T
        own = cosines.gather(1, label[:, None])
        logits = self.sharpness * cosines.scatter(1, label[:, None], own - self.margin)
        return nn.functional.cross_entropy(logits, label) + 2.0 * (1.0 - own).mean()


class ActivityTask:
    """Who speaks on a mixed call, by the frozen speaker network and an enrolment over another line.

    In half the calls a stretch serves to learn both voices as they sound on this call, with some of the other voice mixed in as a
    first pass would have it; the loss leaves that stretch out.
    """

    network = models.Activity
    learning_rate = 1.5e-3
    batch, frames, enrolment = 12, 2400, 800
    seconds = batch * frames / 100.0

    def __init__(self, simulator: Simulator, cache: Path, checkpoints: Path) -> None:
        self.simulator = simulator
        simulator.targets = read_targets(cache, simulator.corpus)
        self.speaker = models.load("speaker", checkpoints)

    def profiles(
        self, speaker: models.Speaker, sums: torch.Tensor, heard: torch.Tensor, enrolled: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Profiles (batch, 3, 128) for each call and which frames of 20 ms the loss counts, (batch, frames)."""
        rng, (batch, frames) = self.simulator.rng, sums.shape[:2]
        profiles, counted = torch.zeros(batch, 3, models.Speaker.EMBEDDING), torch.ones(batch, frames)
        profiles[:, 0] = enrolled
        for row in range(batch):
            if rng.random() < 0.4:
                continue
            length = int(rng.uniform(150, 500))
            start = int(rng.integers(frames - length))
            solo = heard[row, start : start + length].float()
            solo = solo * (1 - solo.flip(-1))
            total = solo.T @ sums[row, start : start + length]
            leak = rng.uniform(0, 0.5, 2) * (rng.random(2) < 0.5)
            mixed = torch.stack([total[party] + leak[party] * total[1 - party] for party in (0, 1)])
            learned = speaker.embed(mixed) * (solo.sum(0) > 15)[:, None] * torch.from_numpy(rng.random((2, 1)) < 0.9)
            profiles[row, 1:] = learned
            counted[row, start : start + length] = 0
        return profiles, counted

    def loss(self, network: nn.Module) -> torch.Tensor:
        """Loss of one fresh batch."""
        return self.call_loss(self.speaker, network, False)

    def call_loss(self, speaker: models.Speaker, network: nn.Module, teach_speaker: bool) -> torch.Tensor:
        """Loss of one fresh batch; with `teach_speaker` the frames of the speaker network learn from it too."""
        samples, heard, enrolment = self.simulator.call_batch(self.batch, self.frames, self.enrolment)
        with torch.no_grad():
            features = log_mel(samples)
            with torch.autocast("cpu", torch.bfloat16):
                enrolled = speaker(log_mel(enrolment))
        with torch.set_grad_enabled(teach_speaker), torch.autocast("cpu", torch.bfloat16):
            hidden, weight = speaker.frames(features)
        with torch.no_grad():
            sums = speaker.sums(hidden, weight)
            profiles, counted = self.profiles(speaker, sums, heard[:, 1::2], enrolled)
            likeness = models.likeness(speaker, sums, profiles)
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(features, hidden, likeness, profiles)
        kinds = heard[..., 0].long() + 2 * heard[..., 1].long()
        losses = []
        for index, delay in enumerate(models.Activity.DELAYS):
            truth = kinds[:, : (sums.shape[1] - delay) * 2].unflatten(1, (-1, 2))
            answer = logits[:, delay:, index].float()
            each = nn.functional.cross_entropy(answer.flatten(0, 2), truth.flatten(), reduction="none").view_as(truth)
            weight = counted[:, : truth.shape[1]]
            losses.append((each.mean(2) * weight).sum() / weight.sum())
        return sum(losses) / len(losses)


class JointTask:
    """Speaker and activity network together, from where each of them stands: what tells voices apart is learnt on mixed calls too.

    The statistics of the speaker network's batch norm stay as they are, since calls and single voices differ in them.
    """

    network = models.Joint
    learning_rate = 7e-4
    seconds = ActivityTask.seconds
    voice_share = 0.1

    def __init__(self, simulator: Simulator, cache: Path, checkpoints: Path) -> None:
        self.calls, self.voices = ActivityTask(simulator, cache, checkpoints), SpeakerTask(
            simulator, cache, checkpoints
        )
        self.voices.seconds = 60.0
        self.checkpoints = checkpoints

    def begin(self, network: models.Joint) -> None:
        """Start from what both networks have learnt so far."""
        for name, part in (("speaker", network.speaker), ("activity", network.activity)):
            part.load_state_dict(models.load(name, self.checkpoints).state_dict())

    def loss(self, network: models.Joint) -> torch.Tensor:
        """Loss of one fresh batch of calls and one of single voices."""
        network.speaker.eval()
        calls = self.calls.call_loss(network.speaker, network.activity, True)
        return calls + self.voice_share * self.voices.loss(network.speaker)


TASKS = {"vad": VadTask, "speaker": SpeakerTask, "activity": ActivityTask, "joint": JointTask}

Task = VadTask | SpeakerTask | ActivityTask | JointTask


class Trainer:
    """Network, optimiser and running average of the weights (the average is what is evaluated and exported)."""

    def __init__(self, name: str, task: Task, folder: Path, learning_rate: float | None, warm: bool = False) -> None:
        self.name, self.task, self.path = name, task, folder / f"{name}.pt"
        self.network = task.network()
        if not self.path.exists() and hasattr(task, "begin"):
            task.begin(self.network)
        elif not self.path.exists() and warm:
            self.network.load_state_dict(models.load(name, folder).state_dict())
        self.average = copy.deepcopy(self.network)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=learning_rate or task.learning_rate, weight_decay=1e-3
        )
        self.step, self.audio_seconds, self.core_seconds = 0, 0.0, 0.0
        if self.path.exists():
            state = torch.load(self.path, weights_only=True)
            self.network.load_state_dict(state["network"])
            self.average.load_state_dict(state["average"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.step, self.audio_seconds, self.core_seconds = (
                state["step"],
                state["audio_seconds"],
                state["core_seconds"],
            )
        self.base_rate = learning_rate or task.learning_rate

    def save(self) -> None:
        """Write the checkpoint: to a temporary name, then rename, so that a stop never leaves half a file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".part")
        torch.save(
            {
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "step": self.step,
                "audio_seconds": self.audio_seconds,
                "core_seconds": self.core_seconds,
            },
            partial,
        )
        partial.rename(self.path)

    def advance(self, rate: float) -> float:
        """One step at `rate` of the base learning rate; the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.base_rate * rate * min(1.0, (self.step + 1) / 50)
        loss = self.task.loss(self.network)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        self.optimiser.step()
        self.step += 1
        self.audio_seconds += self.task.seconds
        decay = min(0.999, self.step / (self.step + 20))
        with torch.no_grad():
            for mean, value in zip(self.average.state_dict().values(), self.network.state_dict().values()):
                if mean.is_floating_point():
                    mean.lerp_(value, 1 - decay)
                else:
                    mean.copy_(value)
        return float(loss.detach())


def main() -> None:
    """Train for a number of minutes; the learning rate falls over the last `--anneal` part of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(TASKS))
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument(
        "--anneal", type=float, default=0.3, help="share of the run over which the learning rate falls to a twentieth"
    )
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument(
        "--warm", action="store_true", help="without a checkpoint start from the last export, not from nothing"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="0 draws a fresh seed from the step, so that a resumed run sees new calls"
    )
    parser.add_argument("--cache", type=Path, default=HERE / "cache")
    parser.add_argument("--acoustics", type=Path, default=HERE / "corpora/acoustics")
    parser.add_argument("--checkpoints", type=Path, default=HERE / "checkpoints")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    corpus = Corpus(arguments.cache, "train")
    simulator = Simulator(corpus, make_noises(corpus, arguments.acoustics), arguments.seed)
    trainer = Trainer(
        arguments.name,
        TASKS[arguments.name](simulator, arguments.cache, arguments.checkpoints),
        arguments.checkpoints,
        arguments.learning_rate,
        arguments.warm,
    )
    if not arguments.seed:
        simulator.rng = np.random.default_rng(trainer.step + 1)
    begin = last = saved = time.monotonic()
    losses: list[float] = []
    while (elapsed := time.monotonic() - begin) < arguments.minutes * 60:
        left = 1 - elapsed / (arguments.minutes * 60)
        losses.append(trainer.advance(max(0.05, min(1.0, left / max(arguments.anneal, 1e-6)))))
        now = time.monotonic()
        if now - last > 20:
            speed = len(losses) * trainer.task.seconds / (now - last)
            trainer.core_seconds += now - last
            print(
                f"{elapsed / 60:6.1f} min  step {trainer.step:6d}  {trainer.audio_seconds / 3600:7.1f} h  {speed:5.0f} x real time  "
                f"loss {np.mean(losses):.4f}",
                flush=True,
            )
            losses, last = [], now
        if now - saved > 120:
            trainer.save()
            saved = now
    trainer.save()


if __name__ == "__main__":
    main()
