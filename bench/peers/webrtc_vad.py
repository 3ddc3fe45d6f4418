"""WebRTC's voice activity detector as a peer of the bench, out of the PyPI package webrtcvad-wheels.

    webrtc_vad.py RATE N     the exchange of exchange.py: N samples in, a score for each 10 ms out
    webrtc_vad.py --version

The detector says yes or no, in four modes of which each is stricter. The score is the number of modes that say yes.
"""

import sys

import exchange
import numpy as np


def main() -> None:
    if exchange.asked_for_version("webrtcvad-wheels"):
        return
    rate, leg = exchange.read_leg()

    import webrtcvad

    frame = rate // exchange.FRAMES_PER_S
    count = len(leg) // frame
    raw = np.rint(leg * 32768.0).astype("<i2").tobytes()
    score = np.zeros(count)
    for mode in range(4):
        detector = webrtcvad.Vad(mode)
        score += [detector.is_speech(raw[2 * at : 2 * (at + frame)], rate) for at in range(0, count * frame, frame)]
    exchange.write_scores(score)


if __name__ == "__main__":
    sys.exit(main())
