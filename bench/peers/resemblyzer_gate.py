"""A gate by energy and by Resemblyzer's speaker embedding as a peer of the bench, on the whole recording at once.

    resemblyzer_gate.py RATE ENROL N     the exchange of exchange.py
    resemblyzer_gate.py --version

Where there is energy, windows of 1.6 s (the package's own), five a second, are shared out between two voices, the agent's held to the
enrolment, the other begun from the quarter least like him. A frame passes whole or not at all. Where even the windows that are the
agent's are less like his enrolment than 0.75, he is taken to be absent: as a threshold on single windows that was the best. On sixteen
mixed calls of voices that the bench does not know, two voices shared out were wrong in 12 % (median), the threshold alone in 18 %.
"""

import sys

import exchange
import numpy as np

AGENT_LIKENESS = 0.75
WINDOW, STEP, BATCH, ROUNDS = 160, 20, 64, 8
"""Windows of 160 frames of 10 ms, one every 20, in batches of 64; rounds of sharing them out."""


def embed_windows(encoder, samples: np.ndarray) -> np.ndarray:
    """The embedding around every STEP-th frame."""
    import torch
    from resemblyzer.audio import wav_to_mel_spectrogram

    mel = wav_to_mel_spectrogram(samples)
    centres = range(0, len(mel), STEP)
    mel = np.pad(mel, ((WINDOW // 2, WINDOW // 2), (0, 0)))
    windows = np.stack([mel[centre : centre + WINDOW] for centre in centres])
    with torch.no_grad():
        return np.concatenate(
            [encoder(torch.from_numpy(windows[at : at + BATCH])).numpy() for at in range(0, len(windows), BATCH)]
        )


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / (np.linalg.norm(vector) + 1e-9)


def margin_of_agent(embeddings: np.ndarray, speech: np.ndarray, enrolled: np.ndarray) -> np.ndarray:
    """How much more each embedding is like the agent's than like the other voice."""
    heard = embeddings[speech]
    if len(heard) == 0:
        return np.full(len(embeddings), -1.0)
    order = np.argsort(heard @ enrolled)
    quarter = max(1, len(order) // 4)
    agent, other = unit(heard[order[-quarter:]].mean(0)), unit(heard[order[:quarter]].mean(0))
    for _ in range(ROUNDS):
        agents = heard @ agent > heard @ other
        if agents.any():
            agent = unit(heard[agents].mean(0))
        if not agents.all():
            other = unit(heard[~agents].mean(0))
    if agent @ enrolled < AGENT_LIKENESS:
        return np.full(len(embeddings), -1.0)
    return embeddings @ (agent - other)


def main() -> None:
    if exchange.asked_for_version("resemblyzer", "torch"):
        return
    rate, enrolment, recording = exchange.read_recording()

    import torch
    from resemblyzer import VoiceEncoder, normalize_volume, preprocess_wav
    from scipy.signal import resample_poly

    torch.set_num_threads(1)
    encoder = VoiceEncoder("cpu", verbose=False)
    enrolled = encoder.embed_utterance(preprocess_wav(resample_poly(enrolment, 16000, rate).astype(np.float32)))
    wide = normalize_volume(resample_poly(recording, 16000, rate).astype(np.float32), -30, increase_only=True)
    embeddings = embed_windows(encoder, wide)
    active = exchange.active_frames(recording, rate)
    centres = np.minimum(np.arange(len(embeddings)) * STEP, len(active) - 1)
    margin = margin_of_agent(embeddings, active[centres], enrolled)
    agent = active & (np.interp(np.arange(len(active)), centres, margin) >= 0)
    gain = np.zeros(len(recording), np.float32)
    gain[: len(active) * (rate // exchange.FRAMES_PER_S)] = np.repeat(agent, rate // exchange.FRAMES_PER_S)
    exchange.write_recording(recording * gain, agent, active & ~agent)


if __name__ == "__main__":
    sys.exit(main())
