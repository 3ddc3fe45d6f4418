"""WebRTC's present echo canceller (AEC3) as a peer of the bench, out of the PyPI package livekit.

    webrtc_aec3.py RATE    frames of 20 ms, 16 bits: agent's leg and customer's leg in, output out
    webrtc_aec3.py --version

The output is the agent's leg less the echo of the customer's, the canceller alone: no noise
suppression, gain control or high-pass of the module's own.
"""

import sys
from importlib.metadata import version

from livekit import rtc


def frame_of(samples: bytes, rate: int) -> rtc.AudioFrame:
    return rtc.AudioFrame(bytearray(samples), rate, 1, len(samples) // 2)


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    if sys.argv[1] == "--version":
        print("AEC3 of livekit", version("livekit"))
        return 0
    rate = int(sys.argv[1])
    leg = 2 * rate // 50  # bytes of 20 ms
    part = leg // 2  # the module works on 10 ms
    module = rtc.AudioProcessingModule(echo_cancellation=True)
    module.set_stream_delay_ms(0)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while len(both := source.read(2 * leg)) == 2 * leg:
        for at in (0, part):
            far = frame_of(both[leg + at : leg + at + part], rate)
            near = frame_of(both[at : at + part], rate)
            module.process_reverse_stream(far)
            module.process_stream(near)
            sink.write(bytes(near.data))
        sink.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
