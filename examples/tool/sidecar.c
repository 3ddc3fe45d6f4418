#define _POSIX_C_SOURCE 200809L
#include "sidecar.h"

#include "complain.h"
#include "json.h"
#include "jsonread.h"
#include "when.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Ours have about 700 bytes, and 5500 at most. */
enum { MOST_BYTES = 16384, VERSION = 1, SHA256_DIGITS = 64 };

static void text(FILE *stream, const char *key, const char *value) {
    fputs(",\n  ", stream);
    json_text_field(stream, key, value);
}

static void moment(FILE *stream, const char *key, int64_t seconds) {
    char written[WHEN_BYTES];
    when_text(seconds, written);
    text(stream, key, seconds == IDENTITY_KEEP ? NULL : written);
}

void sidecar_write(FILE *stream, const struct identity *identity) {
    fprintf(stream, "{\n  \"solotrack_sidecar\": %d", VERSION);
    text(stream, "id", identity->id);
    text(stream, "call_id", identity->call_id);
    text(stream, "campaign", identity->campaign);
    text(stream, "agent", identity->agent);
    text(stream, "consent", identity->consent);
    text(stream, "customer", identity->customer);
    text(stream, "class", identity->recording_class);
    text(stream, "policy", identity->policy);
    text(stream, "model", identity->model[0] != '\0' ? identity->model : NULL);
    text(stream, "library", solo_version());
    text(stream, "input_sha256", identity->input_sha256);
    text(stream, "output_sha256", identity->output_sha256);
    moment(stream, "created", identity->created);
    moment(stream, "delete_after", identity->delete_after);
    fputs("\n}\n", stream);
}

size_t sidecar_stem(const char *name) {
    size_t length = strlen(name), suffix = sizeof SIDECAR_SUFFIX - 1;
    bool is_one = length > suffix && strcmp(name + length - suffix, SIDECAR_SUFFIX) == 0;
    return is_one ? length - suffix : 0;
}

/* The fields that are read, each at most once: those that are needed, then those that may be
 * missing. */
enum {
    HAS_VERSION,
    HAS_ID,
    HAS_CLASS,
    HAS_INPUT,
    HAS_OUTPUT,
    HAS_CREATED,
    HAS_DELETE,
    NEEDED,
    HAS_CONSENT = NEEDED,
    HAS_CUSTOMER,
    FIELDS
};

/* The longest that is known is "by consent". */
enum { WORD_BYTES = 16 };

struct taken {
    struct sidecar *sidecar;
    bool has[FIELDS];
    char consent[WORD_BYTES], customer[WORD_BYTES]; /* "": none that is known */
};

static const char *const field_names[FIELDS] = {
    "solotrack_sidecar", "id",           "class",   "input_sha256", "output_sha256",
    "created",           "delete_after", "consent", "customer"};

static const char *take_hash(char hash[SHA256_HEX_BYTES], const char *hex) {
    if (strlen(hex) != SHA256_DIGITS || strspn(hex, "0123456789abcdef") != SHA256_DIGITS) {
        return "no SHA-256 in lower-case hexadecimal";
    }
    memcpy(hash, hex, SHA256_HEX_BYTES);
    return NULL;
}

static const char *take_moment(int64_t *seconds, const char *written) {
    return when_parse(written, seconds) ? NULL : "no time like 2026-11-25T21:10:51Z";
}

/* It is printed in a log of what was deleted, which no file may write lines into. */
static bool is_word(const char *text) {
    return *text != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz-")] == '\0';
}

/* One that is too long is none that is known. */
static void take_word(char word[WORD_BYTES], const char *value) {
    if (strlen(value) < WORD_BYTES) {
        memcpy(word, value, strlen(value) + 1);
    }
}

static const char *take_text(struct taken *taken, int field, const char *value) {
    struct sidecar *sidecar = taken->sidecar;
    switch (field) {
    case HAS_CONSENT:
        take_word(taken->consent, value);
        return NULL;
    case HAS_CUSTOMER:
        take_word(taken->customer, value);
        return NULL;
    case HAS_ID:
        if (!identity_is_id(value)) {
            return "no UUID of version 4 in lower case";
        }
        memcpy(sidecar->id, value, IDENTITY_ID_BYTES);
        return NULL;
    case HAS_CLASS:
        if (strlen(value) >= sizeof sidecar->recording_class || !is_word(value)) {
            return "no class of recordings";
        }
        memcpy(sidecar->recording_class, value, strlen(value) + 1);
        return NULL;
    case HAS_INPUT:
        return take_hash(sidecar->input_sha256, value);
    case HAS_OUTPUT:
        return take_hash(sidecar->output_sha256, value);
    case HAS_CREATED:
        return take_moment(&sidecar->created, value);
    default:
        return take_moment(&sidecar->delete_after, value);
    }
}

static const char *take(void *to, const char *key, const struct json_value *value) {
    struct taken *taken = to;
    int field = 0;
    while (field < FIELDS && strcmp(field_names[field], key) != 0) {
        field++;
    }
    if (field == FIELDS) {
        return NULL; /* for people, not for this reader */
    }
    if (taken->has[field]) {
        return "given twice";
    }
    taken->has[field] = true;
    if (field == HAS_VERSION) {
        bool known = value->kind == JSON_NUMBER && strcmp(value->text, "1") == 0;
        return known ? NULL : "of another version of solotrack";
    }
    if (field == HAS_DELETE && value->kind == JSON_NULL) {
        taken->sidecar->delete_after = IDENTITY_KEEP;
        return NULL;
    }
    if (value->kind != JSON_TEXT) {
        return field < NEEDED ? "a text was expected" : NULL;
    }
    return take_text(taken, field, value->text);
}

/* Where he could have agreed and never did, nothing was kept either. */
static bool is_erased(const struct taken *taken) {
    bool none = strcmp(taken->consent, "none") == 0;
    return none &&
           (strcmp(taken->customer, "erased") == 0 || strcmp(taken->customer, "by consent") == 0);
}

static bool check(const struct taken *taken, const char *shown) {
    const struct sidecar *sidecar = taken->sidecar;
    for (int i = 0; i < NEEDED; i++) {
        if (!taken->has[i]) {
            return complain(shown, "no sidecar: it has no \"%s\"", field_names[i]);
        }
    }
    if (sidecar->delete_after != IDENTITY_KEEP && sidecar->delete_after < sidecar->created) {
        return complain(shown, "to be deleted before it was created");
    }
    return true;
}

static ssize_t read_all(int fd, char *to, size_t room) {
    size_t used = 0;
    ssize_t got = 1;
    while (used < room && got > 0) {
        got = read(fd, to + used, room - used);
        used += got > 0 ? (size_t)got : 0;
    }
    return got < 0 ? -1 : (ssize_t)used;
}

bool sidecar_read(int folder, const char *name, const char *shown, struct sidecar *sidecar) {
    char bytes[MOST_BYTES + 1];
    struct json_problem problem;
    struct taken taken = {.sidecar = sidecar};
    struct stat status;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0) {
        complain(shown, "cannot be opened: %s", strerror(errno));
        close(fd);
        return false;
    }
    ssize_t got = S_ISREG(status.st_mode) ? read_all(fd, bytes, sizeof bytes) : -1;
    int error = S_ISREG(status.st_mode) ? errno : EINVAL;
    close(fd);
    if (got < 0) {
        return complain(shown, "cannot be read: %s", strerror(error));
    }
    if (got > MOST_BYTES) {
        return complain(shown, "byte %d: no sidecar: it is longer than any", MOST_BYTES);
    }
    bytes[got] = '\0';
    memset(sidecar, 0, sizeof *sidecar);
    if (!json_read_object(bytes, (size_t)got, take, &taken, &problem)) {
        return complain(shown, "byte %zu: %s", problem.byte, problem.what);
    }
    sidecar->erased = is_erased(&taken);
    return check(&taken, shown);
}
