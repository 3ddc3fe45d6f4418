"""VoiceFilter-Lite as the PyPI package open-voicefilter-lite has it, weights included, as a peer of the bench.

    voicefilter.py RATE ENROL N     the exchange of exchange.py; it does not say who speaks
    voicefilter.py --version
"""

import sys

import exchange
import numpy as np


def main() -> None:
    if exchange.asked_for_version("open-voicefilter-lite", "onnxruntime"):
        return
    rate, enrolment, recording = exchange.read_recording()

    from scipy.signal import resample_poly
    from voicefilter_lite import StreamingVoiceFilter

    model = StreamingVoiceFilter()
    hop, late = model.hop_length, model.hp.n_fft - model.hop_length  # what comes out is the oldest hop of the newest window
    model.set_enrollment(resample_poly(enrolment, model.hp.sample_rate, rate).astype(np.float32))
    wide = resample_poly(recording, model.hp.sample_rate, rate).astype(np.float32)
    fed = np.pad(wide, (0, late + 2 * hop))
    made = np.concatenate([model.step(fed[at : at + hop]) for at in range(0, len(fed) - hop + 1, hop)])
    output = resample_poly(made[late : late + len(wide)], rate, model.hp.sample_rate)[: len(recording)]
    exchange.write_output(output, rate)


if __name__ == "__main__":
    sys.exit(main())
