# What is given to others: the source's tarball, the list of what is linked (SBOM), a release, Debian's
# packages. The Makefile includes this.
NAME := solotrack-$(VERSION)
DIST := $(BUILD)/dist

# Out of the last commit, whatever else lies about; the same bytes each time.
dist: sbom
	@sh .ci/setup dist
	sh packaging/dist.sh $(NAME) $(DIST) $(BUILD)/solotrack.spdx.json

sbom:
	@sh .ci/setup build
	@$(MAKE) --no-print-directory -s $(SHARED) $(BUILD)/solotrack
	sh packaging/sbom.sh $(VERSION) $(FFT) $(BUILD)/libsolotrack.so $(BUILD)/solotrack >$(BUILD)/solotrack.spdx.json

# The tarball alone, somewhere else, has to pass its own tests.
distcheck: dist
	@$(MAKE) --no-print-directory $(VOICES)/.complete
	sh packaging/distcheck.sh $(DIST)/$(NAME).tar.xz $(abspath $(VOICES))

# Makes a release and publishes nothing: SIGN_KEY=KEY signs it with that key of GnuPG's.
release:
	MAKE="$(MAKE)" SIGN_KEY="$(SIGN_KEY)" sh packaging/release.sh $(VERSION) $(DIST) $(MAKE) distcheck

deb: dist
	@sh .ci/setup deb
	sh packaging/deb.sh $(DIST)/$(NAME).tar.xz $(BUILD)/deb

debcheck:
	sh packaging/debcheck.sh $(BUILD)/deb

# Two builds of the library and the tool, at two places, an hour apart by their clocks.
reproducible:
	@sh .ci/setup build
	MAKE="$(MAKE)" sh tests/reproducible.sh

# Other processors under qemu (ARCHES), another C library. CROSS_TESTS names other tests of the library than
# the core ones; CROSS_TESTS='*' takes hours.
ARCHES      := armhf arm64 i386 s390x
CROSS_TESTS :=
cross:
	@sh .ci/setup build test cross
	@$(MAKE) --no-print-directory $(VOICES)/.complete
	@$(MAKE) --no-print-directory -s $(BUILD)/test-tool
	+@set -ef; for arch in $(ARCHES); do \
	    MAKE="$(MAKE)" sh tests/cross.sh $$arch $(BUILD) $(abspath $(VOICES)) $(CROSS_TESTS); done

musl:
	@sh .ci/setup build musl
	MAKE="$(MAKE)" sh tests/musl.sh

.PHONY: dist sbom distcheck release deb debcheck reproducible cross musl
