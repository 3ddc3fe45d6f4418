# solotrack. `make help` lists the targets.

PREFIX  ?= /usr/local
DESTDIR ?=
LIBDIR  ?= $(PREFIX)/lib
BUILD   ?= build
FFT     ?= fftw

VERSION := $(shell sed -n 's/^\#define SOLO_VERSION_M[AI][JN]OR //p; s/^\#define SOLO_VERSION_PATCH //p' include/solotrack.h | paste -sd.)
SONAME  := libsolotrack.so.0

ifeq ($(FFT),fftw)
FFT_PACKAGE := fftw3f
else ifeq ($(FFT),kissfft)
FFT_PACKAGE := kissfft-float
else
$(error FFT=$(FFT): take fftw or kissfft)
endif
LIB_PACKAGES := $(FFT_PACKAGE) speexdsp

WARN   := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wvla
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L $(WARN) -fPIC -fvisibility=hidden -fno-math-errno \
             -fno-trapping-math -ftree-vectorize -D_FORTIFY_SOURCE=2 -fstack-protector-strong -Iinclude $(CFLAGS)
# pkg-config is asked when a recipe runs, after the set-up has installed what is missing.
LIB_LIBS   = $$(pkg-config --libs $(LIB_PACKAGES)) -lm -lpthread
LIB_CFLAGS = $$(pkg-config --cflags speexdsp)

LIB_SOURCES := $(filter-out lib/spectrum/fft_%,$(wildcard lib/*.c lib/*/*.c)) \
               lib/spectrum/fft_table.c lib/spectrum/fft_$(FFT).c
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/%.o)

all: $(BUILD)/libsolotrack.a $(BUILD)/libsolotrack.so

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LIB_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/libsolotrack.a: $(LIB_OBJECTS)
	rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/libsolotrack.so: $(LIB_OBJECTS)
	$(CC) -shared -Wl,-soname,$(SONAME) -Wl,-z,defs -Wl,-z,relro -Wl,-z,now $(LDFLAGS) $^ $(LIB_LIBS) -o $@

clean:
	rm -rf $(BUILD)

-include $(LIB_OBJECTS:.o=.d)
.PHONY: all clean
