#include "streams.h"

#include <fcntl.h>
#include <unistd.h>

bool streams_hold(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        int mode = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY; /* what its use is not */
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", mode) != fd) {
            return false;
        }
    }
    return true;
}
