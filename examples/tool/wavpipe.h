/* WAV through a pipe, where nothing can be sought: the header is read and written here, the samples
 * go through libsndfile as headerless data. */
#ifndef SOLOTRACK_TOOL_WAVPIPE_H
#define SOLOTRACK_TOOL_WAVPIPE_H

#include "fdio.h"

#include <stdbool.h>
#include <stdint.h>

/* Reads up to the first sample and fills *info for fdio_open() and io->length with the bytes of
 * sample data. NULL, or what is wrong with the stream. */
const char *wavpipe_read_header(struct fdio *io, SF_INFO *info);

/* Writes a header for the rate, channels and subtype of *info and `frames` frames, -1: unknown.
 * Turns info->format into what fdio_open() takes. False when io->error is set. */
bool wavpipe_write_header(struct fdio *io, SF_INFO *info, int64_t frames);

/* Where the samples end at an odd byte that the header tells of, RIFF wants one more. As above. */
bool wavpipe_write_pad(struct fdio *io, const SF_INFO *info, int64_t frames);

/* Reads what follows the samples, so that the writer of the pipe sees no broken pipe and the hash
 * covers it all. NULL, or what is wrong with it. */
const char *wavpipe_drain(struct fdio *io);

/* What a "fmt " chunk says of a frame. */
struct wav_frame {
    uint32_t tag, channels, bytes, bits;
};

/* Whether PCM, floats or G.711 are frames of so many bytes: those of their channels, with nothing
 * between. Other codings have blocks, and are not judged. */
bool wavpipe_frame_fits(const struct wav_frame *frame);
#define WAV_CONTRADICTION                                                                          \
    "its header contradicts itself: a frame is not the bytes of its channels and bits; write it "  \
    "again as 16-bit PCM"

/* Whether these four bytes may begin a chunk that holds no audio. */
bool wavpipe_is_chunk(const uint8_t id[4]);

/* Whether a chunk's size stands for "until the stream ends": 0 and 0xFFFFFFFF as ffmpeg and most
 * recorders write it, 0x7FFFF000 less the remainder of one frame as SoX does. */
bool wavpipe_size_unknown(uint32_t bytes);

#endif
