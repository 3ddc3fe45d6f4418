"""Train the passage network: whether a hop of a mixed call is the agent's alone, from what the library's other networks say about it.

    python passage_calls.py CALLS
    for mode in "500 2" "500 1" "40 1"; do mkdir -p "HEARD/$mode" && ../build/solo-passage $mode "HEARD/$mode" CALLS/*; done
    python passage.py CALLS HEARD/*
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import soundfile
import torch
from torch import nn

import models
from dev_calls import active_frames

HERE = Path(__file__).resolve().parent
PARTIES = ("agent", "customer")
BATCH = 4096
RATE = 3e-3
NEAR, PAUSE, FAR = 5, 15, 20
"""Frames of 10 ms: the customer's so near to the agent count less; a pause is so near to the agent, and so far from the customer."""
AGENT, CUSTOMER, OVERLAP, NOBODY, PAUSING, CHANGING = range(6)
WEIGHT = np.array([1.0, 1.0, 0.25, 0.1, 0.1, 0.3], np.float32)
CALL, SPREAD = slice(44, 50), torch.tensor([0.6, 0.2, 0.2, 0.2, 0.2, 0.1])
"""Inputs that are known of the whole call, and what is added to them by chance: the other networks have been trained on these voices,
and on voices never heard they are less sure of them."""


def widened(active: np.ndarray, hops: int) -> np.ndarray:
    """Whether anything within `hops` either way is true."""
    return np.convolve(active, np.ones(2 * hops + 1), "same") > 0.5


def kinds(folder: Path) -> np.ndarray:
    """What each hop of a call is: AGENT or CUSTOMER alone, both (OVERLAP), NOBODY, a pause of the agent's, the change of turns."""
    agent, customer = (active_frames(soundfile.read(folder / f"{party}.wav", dtype="int16")[0]) for party in PARTIES)
    kind = np.full(len(agent), NOBODY)
    kind[~agent & widened(agent, PAUSE) & ~widened(customer, FAR)] = PAUSING
    kind[agent] = AGENT
    kind[customer] = np.where(widened(agent, NEAR), CHANGING, CUSTOMER)[customer]
    kind[agent & customer] = OVERLAP
    return kind


def read(calls: Path, heard: list[Path], every: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Inputs (n, INPUTS) in half precision, targets and weights of one of every so many hops of all calls."""
    inputs, hops = [], []
    for folder in sorted(calls.iterdir()):
        kind = kinds(folder)
        for path in [where / f"{folder.name}.in" for where in heard]:
            if not path.exists():
                continue
            seen = np.fromfile(path, np.float32).reshape(-1, models.Passage.INPUTS)
            span = slice(len(inputs) % every, min(len(seen), len(kind)), every)
            inputs.append(seen[span].astype(np.float16))
            hops.append(kind[span])
    kind = np.concatenate(hops)
    wanted = np.isin(kind, (AGENT, PAUSING)).astype(np.float32)
    return torch.from_numpy(np.concatenate(inputs)), torch.from_numpy(wanted), torch.from_numpy(WEIGHT[kind])


def blurred(inputs: torch.Tensor) -> torch.Tensor:
    """Inputs (batch, INPUTS) with chance added to what is known of the call, where anything is."""
    inputs[:, CALL] += torch.randn(len(inputs), len(SPREAD)) * SPREAD * (inputs[:, 50:51] > 0)
    return inputs


def main() -> None:
    """Train it and keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("calls", type=Path)
    parser.add_argument("heard", type=Path, nargs="+", help="folders of what solo-passage wrote, one a mode")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--every", type=int, default=4, help="hops of which one is used")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--checkpoints", type=Path, default=HERE / "checkpoints")
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)
    inputs, wanted, weights = read(arguments.calls, arguments.heard, arguments.every)
    print(f"{len(inputs)} hops, {wanted.mean():.3f} of them pass", flush=True)
    network = models.Passage()
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-4)
    losses = nn.BCEWithLogitsLoss(reduction="none")
    start, total, steps = time.monotonic(), 0.0, 0
    while (done := (time.monotonic() - start) / 60 / arguments.minutes) < 1:
        for group in optimiser.param_groups:
            group["lr"] = RATE * (1 - done)
        chosen = torch.randint(len(inputs), (BATCH,))
        weight = weights[chosen]
        loss = (losses(network(blurred(inputs[chosen].float())), wanted[chosen]) * weight).sum() / weight.sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total, steps = total + loss.item(), steps + 1
        if steps % 2000 == 0:
            print(f"{steps:6d} steps  loss {total / 2000:.5f}", flush=True)
            total = 0.0
    arguments.checkpoints.mkdir(exist_ok=True)
    torch.save({"average": network.state_dict()}, arguments.checkpoints / "passage.pt")


if __name__ == "__main__":
    main()
