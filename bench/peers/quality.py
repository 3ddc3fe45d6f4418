"""Speech quality: PESQ (ITU-T P.862, narrow band) and STOI, out of the PyPI packages pesq and pystoi.

    quality.py              clips of exchange.py in, each reference with what was made of it after it; two floats a pair out, PESQ and STOI
    quality.py --version

A pair that has neither (too short, or silent) gets NaN.
"""

import sys

import exchange
import numpy as np

PESQ_RATE = 8000


def measure(rate: int, reference: np.ndarray, made: np.ndarray) -> tuple[float, float]:
    from pesq import PesqError, pesq
    from pystoi import stoi

    if not reference.any() or not made.any():
        return np.nan, np.nan
    narrow = [exchange.at_rate(samples, rate, PESQ_RATE) for samples in (reference, made)]
    score = pesq(PESQ_RATE, *narrow, "nb", on_error=PesqError.RETURN_VALUES)
    return score if score > 0 else np.nan, stoi(reference, made, rate)


def main() -> None:
    if exchange.asked_for_version("pesq", "pystoi"):
        return
    clips = exchange.read_clips()
    for (rate, reference), (_, made) in zip(clips[::2], clips[1::2], strict=True):
        sys.stdout.buffer.write(np.array(measure(rate, reference, made), "<f4").tobytes())


if __name__ == "__main__":
    sys.exit(main())
