"""A speaker-verification attacker: Resemblyzer's voice encoder, as its PyPI package has it, weights included.

    speaker.py              clips of exchange.py in, 256 floats a clip out: its voice, of length 1; zeros where there is none
    speaker.py --version

Every clip is brought to the loudness that the encoder was trained at, however faint it is.
"""

import sys

import exchange
import numpy as np

RATE, SIZE, LOUDNESS_DBFS = 16000, 256, -30.0


def main() -> None:
    if exchange.asked_for_version("resemblyzer", "torch"):
        return
    clips = exchange.read_clips()

    import torch
    from resemblyzer import VoiceEncoder

    torch.set_num_threads(1)
    encoder = VoiceEncoder("cpu", verbose=False)
    for rate, samples in clips:
        voice = np.zeros(SIZE, np.float32)
        if samples.any():
            wide = exchange.at_rate(samples, rate, RATE)
            level = np.sqrt((wide.astype(np.float64) ** 2).mean())
            voice = encoder.embed_utterance((wide * (10 ** (LOUDNESS_DBFS / 20) / level)).astype(np.float32))
        sys.stdout.buffer.write(voice.astype("<f4").tobytes())


if __name__ == "__main__":
    sys.exit(main())
