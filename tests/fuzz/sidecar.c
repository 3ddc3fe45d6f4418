/* NAME.solotrack.json: what is read can go into a log, and what is written is read back. */
#define _POSIX_C_SOURCE 200809L
#include "../../examples/tool/sidecar.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

static bool read_back(const uint8_t *data, size_t size, struct sidecar *sidecar) {
    int folder = open(fuzz_folder(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    FUZZ_HOLDS(folder >= 0);
    fuzz_folder_put("sidecar", data, size);
    bool read = sidecar_read(folder, "sidecar", "sidecar", sidecar);
    close(folder);
    return read;
}

static void check_sidecar(const struct sidecar *sidecar) {
    const char *class = sidecar->recording_class;
    FUZZ_HOLDS(identity_is_id(sidecar->id));
    FUZZ_HOLDS(class[0] != '\0' && class[strspn(class, "abcdefghijklmnopqrstuvwxyz-")] == '\0');
    FUZZ_HOLDS(strlen(sidecar->input_sha256) == 64 && strlen(sidecar->output_sha256) == 64);
    FUZZ_HOLDS(sidecar->created >= 0);
    FUZZ_HOLDS(sidecar->delete_after == IDENTITY_KEEP || sidecar->delete_after >= sidecar->created);
}

/* The line, or nothing: what the command line says, which is at most 255 bytes. */
static char *word(struct bytes *bytes) {
    char *line = bytes_line(bytes);
    if (strlen(line) > 255)
        line[255] = '\0';
    return line;
}

static void write_any(struct bytes bytes) {
    static const char *const customers[] = {"erased", "by consent", "altered"};
    struct identity identity = {.id = "01234567-89ab-4def-8123-456789abcdef",
                                .recording_class = "sale",
                                .policy = "privacy"};
    struct sidecar sidecar;
    char *words[] = {word(&bytes), word(&bytes), word(&bytes)}, *written = NULL;
    size_t size = 0;
    memset(identity.input_sha256, 'a', SHA256_HEX_BYTES - 1);
    memset(identity.output_sha256, '0', SHA256_HEX_BYTES - 1);
    identity.call_id = words[0];
    identity.campaign = words[1];
    identity.agent = words[2];
    identity.created = (int64_t)bytes_u32(&bytes);
    uint32_t keep = bytes_u32(&bytes);
    int kept = bytes_below(&bytes, 6); /* half of them with his consent */
    identity.customer = customers[kept % 3];
    identity.consent = kept < 3 ? "none" : "given";
    identity.delete_after = keep % 2 ? IDENTITY_KEEP : identity.created + keep;
    FILE *stream = open_memstream(&written, &size);
    sidecar_write(stream, &identity);
    FUZZ_HOLDS(fclose(stream) == 0);
    FUZZ_HOLDS(read_back((const uint8_t *)written, size, &sidecar));
    FUZZ_HOLDS(sidecar.created == identity.created &&
               sidecar.delete_after == identity.delete_after);
    FUZZ_HOLDS(strcmp(sidecar.id, identity.id) == 0);
    FUZZ_HOLDS(sidecar.erased == (kept < 2));
    free(written);
    for (int i = 0; i < 3; i++)
        free(words[i]);
}

void fuzz_sidecar(const uint8_t *data, size_t size) {
    struct bytes bytes = {data, size};
    struct sidecar sidecar;
    if (bytes_below(&bytes, 4) == 3)
        write_any(bytes);
    else if (read_back(bytes.at, bytes.left, &sidecar))
        check_sidecar(&sidecar);
}
