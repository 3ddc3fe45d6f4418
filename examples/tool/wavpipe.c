#include "wavpipe.h"

#include <limits.h>
#include <string.h>

/* Format tags of RFC 2361 and of WAVE_FORMAT_EXTENSIBLE. */
enum { TAG_PCM = 1, TAG_FLOAT = 3, TAG_ALAW = 6, TAG_ULAW = 7, TAG_EXTENSIBLE = 0xFFFE };

enum { FORMAT_BYTES = 40, SOX_UNKNOWN = 0x7FFFF000, LARGEST_FRAME = 16 };

struct subtype {
    uint16_t tag, bits;
    int format; /* SF_FORMAT_* */
};

static const struct subtype subtypes[] = {
    {TAG_PCM, 8, SF_FORMAT_PCM_U8},   {TAG_PCM, 16, SF_FORMAT_PCM_16},
    {TAG_PCM, 24, SF_FORMAT_PCM_24},  {TAG_PCM, 32, SF_FORMAT_PCM_32},
    {TAG_FLOAT, 32, SF_FORMAT_FLOAT}, {TAG_FLOAT, 64, SF_FORMAT_DOUBLE},
    {TAG_ALAW, 8, SF_FORMAT_ALAW},    {TAG_ULAW, 8, SF_FORMAT_ULAW},
};
enum { SUBTYPES = sizeof subtypes / sizeof *subtypes };

static uint32_t little_endian(const uint8_t *p, int bytes) {
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++) {
        value |= (uint32_t)p[i] << 8 * i;
    }
    return value;
}

static uint8_t *put(uint8_t *p, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++) {
        *p++ = (uint8_t)(value >> 8 * i);
    }
    return p;
}

static uint8_t *put_id(uint8_t *p, const char *id) {
    memcpy(p, id, 4);
    return p + 4;
}

bool wavpipe_size_unknown(uint32_t bytes) {
    return bytes == 0 || bytes == UINT32_MAX ||
           (bytes <= SOX_UNKNOWN && bytes > SOX_UNKNOWN - LARGEST_FRAME);
}

bool wavpipe_is_chunk(const uint8_t id[4]) {
    static const char *const audio[] = {"data", "RIFF", "RIFX", "RF64", "FORM", "SSND"};
    bool is_chunk = true;
    for (int i = 0; i < 4; i++) {
        is_chunk = is_chunk && id[i] >= ' ' && id[i] <= '~';
    }
    for (size_t i = 0; i < sizeof audio / sizeof *audio; i++) {
        is_chunk = is_chunk && memcmp(id, audio[i], 4) != 0;
    }
    return is_chunk;
}

static bool skip(struct fdio *io, uint64_t bytes) {
    uint8_t buffer[4096];
    while (bytes > 0) {
        size_t want = bytes < sizeof buffer ? (size_t)bytes : sizeof buffer;
        if (fdio_read(io, buffer, want) < want) {
            return false;
        }
        bytes -= want;
    }
    return true;
}

bool wavpipe_frame_fits(const struct wav_frame *frame) {
    bool g711 = frame->tag == TAG_ALAW || frame->tag == TAG_ULAW;
    bool judged = g711 || frame->tag == TAG_PCM || frame->tag == TAG_FLOAT;
    uint32_t sample_bytes = g711 ? 1 : (frame->bits + 7) / 8;
    return !judged || frame->bytes == frame->channels * sample_bytes;
}

static const char *parse_format(const uint8_t chunk[FORMAT_BYTES], SF_INFO *info) {
    uint32_t rate = little_endian(chunk + 4, 4);
    struct wav_frame frame = {little_endian(chunk, 2), little_endian(chunk + 2, 2),
                              little_endian(chunk + 12, 2), little_endian(chunk + 14, 2)};
    if (frame.tag == TAG_EXTENSIBLE) {
        frame.tag = little_endian(chunk + 24, 2); /* the first bytes of the sub-format GUID */
    }
    if (!wavpipe_frame_fits(&frame)) {
        return WAV_CONTRADICTION;
    }
    bool g711 = frame.tag == TAG_ALAW || frame.tag == TAG_ULAW;
    uint32_t bits = g711 ? 8 : (frame.bits + 7) / 8 * 8; /* 12 stand at the top of 16 */
    info->channels = (int)frame.channels;
    info->samplerate = rate <= INT_MAX ? (int)rate : 0;
    for (size_t i = 0; i < SUBTYPES; i++) {
        if (subtypes[i].tag == frame.tag && subtypes[i].bits == bits && info->channels > 0) {
            info->format = SF_FORMAT_RAW | SF_ENDIAN_LITTLE | subtypes[i].format;
            return NULL;
        }
    }
    return "a pipe carries PCM, float or G.711 WAV only; name the file instead";
}

const char *wavpipe_read_header(struct fdio *io, SF_INFO *info) {
    static const char not_wav[] =
        "not a WAV stream; a pipe carries WAV only, name the file instead";
    static const char cut[] = "the stream ends inside its WAV header; send it whole";
    uint8_t head[12], chunk[FORMAT_BYTES] = {0};
    bool have_format = false;
    memset(info, 0, sizeof *info);
    size_t got = fdio_read(io, head, sizeof head);
    if (got == 0) {
        return "empty stream: no audio in it";
    }
    if (got < sizeof head || memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "WAVE", 4) != 0) {
        return not_wav;
    }
    for (;;) {
        if (fdio_read(io, head, 8) < 8) {
            return cut;
        }
        uint32_t bytes = little_endian(head + 4, 4);
        if (memcmp(head, "data", 4) == 0) {
            io->length = wavpipe_size_unknown(bytes) ? FDIO_UNKNOWN : (int64_t)bytes;
            return have_format ? NULL : not_wav;
        }
        size_t want = 0;
        if (memcmp(head, "fmt ", 4) == 0) {
            want = bytes < FORMAT_BYTES ? bytes : FORMAT_BYTES;
            if (fdio_read(io, chunk, want) < want) {
                return cut;
            }
            const char *reason = parse_format(chunk, info);
            if (reason != NULL) {
                return reason;
            }
            have_format = true;
        }
        if (!skip(io, (uint64_t)bytes + bytes % 2 - want)) {
            return cut;
        }
    }
}

static const struct subtype *subtype_of(int format) {
    for (size_t i = 0; i < SUBTYPES; i++) {
        if (subtypes[i].format == (format & SF_FORMAT_SUBMASK)) {
            return &subtypes[i];
        }
    }
    return NULL;
}

enum { LARGEST_HEADER = 58 };

static uint32_t frame_bytes_of(const SF_INFO *info) {
    return (uint32_t)info->channels * subtype_of(info->format)->bits / 8;
}

/* Whether a header can say how many frames follow. */
static bool is_known(const SF_INFO *info, int64_t frames) {
    return frames >= 0 && frames <= (int64_t)((UINT32_MAX - LARGEST_HEADER) / frame_bytes_of(info));
}

bool wavpipe_write_pad(struct fdio *io, const SF_INFO *info, int64_t frames) {
    bool odd = is_known(info, frames) && (uint32_t)frames * frame_bytes_of(info) % 2 == 1;
    return !odd || fdio_write(io, "", 1) == 1;
}

bool wavpipe_write_header(struct fdio *io, SF_INFO *info, int64_t frames) {
    uint8_t header[LARGEST_HEADER];
    const struct subtype *type = subtype_of(info->format);
    bool plain = type->tag == TAG_PCM, known = is_known(info, frames);
    uint32_t header_bytes = plain ? 44 : sizeof header;
    uint32_t frame_bytes = frame_bytes_of(info);
    uint32_t data_bytes = known ? (uint32_t)frames * frame_bytes : UINT32_MAX;
    uint8_t *p = put_id(header, "RIFF");
    p = put(p, known ? header_bytes - 8 + data_bytes + data_bytes % 2 : UINT32_MAX, 4);
    p = put_id(put_id(p, "WAVE"), "fmt ");
    p = put(p, plain ? 16 : 18, 4);
    p = put(p, type->tag, 2);
    p = put(p, (uint32_t)info->channels, 2);
    p = put(p, (uint32_t)info->samplerate, 4);
    p = put(p, (uint32_t)info->samplerate * frame_bytes, 4);
    p = put(p, frame_bytes, 2);
    p = put(p, type->bits, 2);
    if (!plain) {
        p = put(p, 0, 2); /* no extra format bytes */
        p = put(put(put_id(p, "fact"), 4, 4), known ? (uint32_t)frames : UINT32_MAX, 4);
    }
    put(put_id(p, "data"), data_bytes, 4);
    info->format = SF_FORMAT_RAW | SF_ENDIAN_LITTLE | type->format;
    return fdio_write(io, header, header_bytes) == header_bytes;
}

static bool all_zero(const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

const char *wavpipe_drain(struct fdio *io) {
    uint8_t buffer[4096], head[8];
    fdio_read(io, buffer, (size_t)(io->length % 2)); /* after an odd number, one byte of padding */
    size_t got = fdio_read(io, head, sizeof head);
    bool chunk = got < sizeof head || wavpipe_is_chunk(head), zeros = all_zero(head, got);
    do {
        got = fdio_read(io, buffer, sizeof buffer);
        zeros = zeros && all_zero(buffer, got);
    } while (got == sizeof buffer);
    return chunk || zeros ? NULL
                          : "more follows than the audio that its header promises; repair its "
                            "header";
}
