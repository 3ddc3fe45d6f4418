#define _POSIX_C_SOURCE 200809L
#include "verify_same.h"

#include "complain.h"

bool verify_same(const struct sound_in *in, const struct stat *before) {
    const struct stat *now = &in->before;
    bool same = before == NULL ||
                (now->st_dev == before->st_dev && now->st_ino == before->st_ino &&
                 now->st_size == before->st_size && now->st_mtim.tv_sec == before->st_mtim.tv_sec &&
                 now->st_mtim.tv_nsec == before->st_mtim.tv_nsec);
    return same || complain(in->name, "changed while it was read; wait until it stands and do it "
                                      "again");
}
