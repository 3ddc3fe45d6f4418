#define _POSIX_C_SOURCE 200809L
#include "when.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t when_now(void) {
    return (int64_t)time(NULL);
}

void when_text(int64_t seconds, char text[WHEN_BYTES]) {
    time_t moment = (time_t)seconds;
    struct tm utc;
    text[0] = '\0';
    if (gmtime_r(&moment, &utc) != NULL) {
        strftime(text, WHEN_BYTES, "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
}

/* Days from 1970-01-01 to a day of the Gregorian calendar. */
static int64_t days_to(int year, int month, int day) {
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int whole = month > 2 ? year : year - 1; /* the last year whose 29 February is over */
    int leaps = whole / 4 - whole / 100 + whole / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
    return INT64_C(365) * (year - 1970) + leaps + before[month - 1] + day - 1;
}

static int digits(const char *text, int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
        value = 10 * value + (text[i] - '0');
    }
    return value;
}

bool when_parse(const char *text, int64_t *seconds) {
    static const char form[] = "0000-00-00T00:00:00Z";
    char again[WHEN_BYTES];
    if (strlen(text) != sizeof form - 1) {
        return false;
    }
    for (size_t i = 0; i < sizeof form - 1; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '0' ? !digit : text[i] != form[i]) {
            return false;
        }
    }
    int month = digits(text + 5, 2);
    if (month < 1 || month > 12) {
        return false;
    }
    *seconds = days_to(digits(text, 4), month, digits(text + 8, 2)) * WHEN_DAY +
               3600 * digits(text + 11, 2) + 60 * digits(text + 14, 2) + digits(text + 17, 2);
    when_text(*seconds, again); /* 31 February comes back as March */
    return *seconds >= 0 && strcmp(again, text) == 0;
}
