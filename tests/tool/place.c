#include "place.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEADLINE_SECONDS = 300 };

char *name_in(const struct place *place, const char *name, char path[NAME_BYTES]) {
    snprintf(path, NAME_BYTES, "%s/%s", place->folder, name);
    return path;
}

int make_place(void **state) {
    const char *base = getenv("SOLO_TMP");
    struct place *place = calloc(1, sizeof *place);
    alarm(DEADLINE_SECONDS); /* a tool that hangs fails */
    snprintf(place->folder, sizeof place->folder, "%s/tool-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(place->folder) == NULL) {
        free(place);
        return -1;
    }
    *state = place;
    return 0;
}

int remove_place(void **state) {
    struct place *place = *state;
    char path[NAME_BYTES * 2];
    chmod(place->folder, 0700);
    DIR *folder = opendir(place->folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", place->folder, entry->d_name);
        if (unlink(path) != 0) {
            rmdir(path);
        }
    }
    closedir(folder);
    rmdir(place->folder);
    free(place);
    return 0;
}

int count_files(const struct place *place) {
    int count = 0;
    DIR *folder = opendir(place->folder);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(folder);
    return count;
}

char *read_bytes(const char *path, size_t *bytes) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t room = 1 << 16, used = 0, got;
    char *data = malloc(room + 1);
    while ((got = fread(data + used, 1, room - used, file)) > 0) {
        used += got;
        if (used == room) {
            room *= 2;
            data = realloc(data, room + 1);
        }
    }
    fclose(file);
    data[used] = '\0';
    *bytes = used;
    return data;
}

void write_bytes(const char *path, const void *data, size_t bytes) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
}

void hash_file(const char *path, char hex[SHA256_HEX_BYTES]) {
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(sha256_of_fd(fd, hex), 0);
    close(fd);
}

bool exists(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0;
}
