"""Silero's voice activity detector as a peer of the bench, out of the PyPI package silero-vad, weights included.

    silero.py RATE N     the exchange of exchange.py: N samples in, a probability for each 10 ms out
    silero.py --version
"""

import sys

import exchange
import numpy as np

CHUNK_S = 0.032
"""What the model takes at a time; its answer is given to the 10 ms frames whose middle lies within."""


def main() -> None:
    if exchange.asked_for_version("silero-vad", "torch"):
        return
    rate, leg = exchange.read_leg()

    import torch
    from silero_vad import load_silero_vad

    torch.set_num_threads(1)
    model = load_silero_vad()
    chunk, frame = round(CHUNK_S * rate), rate // exchange.FRAMES_PER_S
    padded = torch.from_numpy(np.pad(leg, (0, -len(leg) % chunk)))
    with torch.no_grad():
        answers = np.array([float(model(padded[at : at + chunk], rate)) for at in range(0, len(padded), chunk)])
    middles = np.arange(len(leg) // frame) * frame + frame // 2
    exchange.write_scores(answers[middles // chunk])


if __name__ == "__main__":
    sys.exit(main())
