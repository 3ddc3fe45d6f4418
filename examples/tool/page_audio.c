#include "page_audio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sf_count_t get_length(void *user) {
    return (sf_count_t)((struct page_audio *)user)->size;
}

static sf_count_t seek(sf_count_t offset, int whence, void *user) {
    struct page_audio *audio = user;
    sf_count_t base = whence == SEEK_CUR ? audio->at : whence == SEEK_END ? get_length(user) : 0;
    audio->at = base + offset;
    return audio->at;
}

static sf_count_t tell(void *user) {
    return ((struct page_audio *)user)->at;
}

static sf_count_t read_back(void *to, sf_count_t count, void *user) {
    struct page_audio *audio = user;
    sf_count_t left = get_length(user) - audio->at;
    sf_count_t got = count < left ? count : left;
    if (got <= 0) {
        return 0;
    }
    memcpy(to, audio->bytes + audio->at, (size_t)got);
    audio->at += got;
    return got;
}

static bool make_room(struct page_audio *audio, size_t end) {
    size_t room = audio->room > 0 ? audio->room : 65536;
    while (room < end) {
        room *= 2;
    }
    if (end > AUDIO_MOST_BYTES) {
        audio->full = true;
        return false;
    }
    uint8_t *bytes = room > audio->room ? realloc(audio->bytes, room) : audio->bytes;
    if (bytes == NULL) {
        audio->failed = true;
        return false;
    }
    audio->bytes = bytes;
    audio->room = room;
    return true;
}

static sf_count_t write_on(const void *from, sf_count_t count, void *user) {
    struct page_audio *audio = user;
    size_t end = (size_t)(audio->at + count);
    if (audio->full || audio->failed || !make_room(audio, end)) {
        return count; /* it is given up */
    }
    memcpy(audio->bytes + audio->at, from, (size_t)count);
    audio->at += count;
    audio->size = end > audio->size ? end : audio->size;
    return count;
}

bool page_audio_begin(struct page_audio *audio, int rate) {
    SF_VIRTUAL_IO io = {get_length, seek, read_back, write_on, tell};
    SF_INFO info = {.samplerate = rate, .channels = 1, .format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16};
    memset(audio, 0, sizeof *audio);
    audio->file = sf_open_virtual(&io, SFM_WRITE, &info, audio);
    return audio->file != NULL;
}

void page_audio_add(struct page_audio *audio, struct samples *from, int frames) {
    if (!audio->full && !audio->failed) {
        sf_count_t written =
            samples_write(audio->file, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, from, 1, frames);
        audio->failed = audio->failed || written != frames; /* write_on() may have said so */
    }
}

bool page_audio_end(struct page_audio *audio) {
    audio->failed = sf_close(audio->file) != 0 || audio->failed;
    audio->file = NULL;
    return audio->full || !audio->failed;
}

void page_audio_free(struct page_audio *audio) {
    if (audio->file != NULL) {
        sf_close(audio->file);
    }
    free(audio->bytes);
    audio->bytes = NULL;
}
