# SPDX-License-Identifier: GPL-2.0
#
#   make                builds ./farrier
#   make demo           sets up, and does the main job on real kernels
#   make check          sets up, and runs every test
#   make check-lab      the same of a real LAVA server and a real Slurm, which it installs (root)
#   make check-matrix   the default matrix through both of them, in one run (root, an hour)
#   make dev            the strict build with sanitizers, in build/dev/
#   make bench-port     how good and how fast the port engine is, beside git
#   make bench-bisect   how good and how dear bisection with a test that lies is (RUNS=1000)
#   make bench-coin     the same by real bisections with a coin (COINS=100 P=0.5)
#   make bench-scale    what farrier itself costs in matrices of up to 10,000 cells (MOST=10000)
#   make bench-cluster  how fast kernels are built by a real Slurm, beside a script for sbatch (root)
#   make help           the rest

VERSION := 0.1
PREFIX  ?= /usr/local
BINDIR  := $(PREFIX)/bin
DATADIR := $(PREFIX)/share/farrier
MANDIR  := $(PREFIX)/share/man
COMPDIR := $(PREFIX)/share/bash-completion/completions

# What builds farrier, what it runs, what its tests need: Debian 12 packages. libcurl4 and
# libarchive13 come with their -dev packages; farrier loads them when it needs them
# (lib/core/dynamic.h), so a package of farrier has to depend on them by name.
PACKAGES_BUILD := gcc make pkg-config libc6-dev libgit2-dev \
	libjansson-dev libyaml-dev libarchive-dev libpcre2-dev libcurl4-openssl-dev zlib1g-dev scdoc
PACKAGES_RUN := git ca-certificates bc bison flex cpio perl gcc-alpha-linux-gnu \
	libc6.1-dev-alpha-cross qemu-system-misc
PACKAGES_TEST := libcmocka-dev sharness qemu-user shellcheck jq procps zstd bzip2 xz-utils \
	binutils libmicrohttpd-dev openssl git-email libmailtools-perl python3-jsonschema \
	qemu-system-x86 libelf-dev curl
# To look at the HTML report (380 MB unpacked); without it those tests are skipped.
PACKAGES_BROWSER := chromium chromium-driver fonts-dejavu-core

LIBS   := libgit2 jansson yaml-0.1 libpcre2-8 zlib
LOADED := libarchive libcurl
CSTD   := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64
WARN   := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wformat=2
CFLAGS ?= -O2 -g
DEFS    = -Ilib -DFARRIER_VERSION='"$(VERSION)"'

# Commands are shown with V=1.
Q       := $(if $(V),,@)
say      = $(if $(V),,@echo '  $(1)	$@')

# `make dev` and the tests build the same sources again, strictly.
ifdef DEV
BUILD  := build/dev
PROGRAM := build/dev/farrier
CFLAGS := -O1 -g -Werror -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
else ifdef FUZZ
BUILD  := build/fuzz
PROGRAM := build/fuzz/farrier
CC     := clang
# nothing and nothing behind it is nothing, also for an empty list (C2y, N3322)
CFLAGS := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
	-fno-sanitize=pointer-overflow -Wno-format-nonliteral -Wno-string-concatenation
else
BUILD  := build/release
PROGRAM := farrier
endif

LIB_SOURCES  := $(sort $(wildcard lib/*/*.c))
CMD_SOURCES  := $(sort $(wildcard cmd/*.c))
UNIT_SOURCES := $(sort $(wildcard tests/unit/*.c))
LIB_OBJECTS  := $(LIB_SOURCES:%.c=$(BUILD)/%.o)
CMD_OBJECTS  := $(CMD_SOURCES:%.c=$(BUILD)/%.o)
UNIT_TESTS   := $(UNIT_SOURCES:tests/unit/%.c=$(BUILD)/unit/%.t)
FUZZ_TESTS   := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(filter-out tests/fuzz/driver.c,$(wildcard tests/fuzz/*.c)))
STANDINS     := $(patsubst tests/standin/%.c,$(BUILD)/standin/%,$(wildcard tests/standin/*.c))
MAN_PAGES    := $(patsubst cmd/man/%.scd,build/man/%,$(wildcard cmd/man/*.scd))

LIB_CFLAGS = $(shell pkg-config --cflags $(LIBS) $(LOADED))
LIB_LDLIBS = $(shell pkg-config --libs $(LIBS)) -lm

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all dev demo fuzz check check-lab check-matrix check-layers bench-port bench-bisect bench-coin bench-scale bench-cluster setup setup-check install man help clean format

all: $(PROGRAM)

$(PROGRAM): $(CMD_OBJECTS) $(BUILD)/libfarrier.a
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LDLIBS)

$(BUILD)/libfarrier.a: $(LIB_OBJECTS)
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CSTD) $(WARN) $(CFLAGS) $(DEFS) $(LIB_CFLAGS) -MMD -MP -c -o $@ $<

# What is embedded in the HTML report, and the hashes by which its Content-Security-Policy knows it.
HTML_ASSETS := lib/report/html/report.css lib/report/html/report.js
$(BUILD)/lib/report/report_html_assets.o: $(HTML_ASSETS) $(HTML_ASSETS:%=$(BUILD)/%.hash)
$(BUILD)/lib/report/report_html_assets.o: DEFS += -Wa,-Ilib/report/html,-I$(BUILD)/lib/report/html

$(BUILD)/lib/report/html/%.hash: lib/report/html/%
	@mkdir -p $(@D)
	$(call say,HASH)
	$(Q){ printf sha256-; sha256sum <$< | cut -c 1-64 | tr a-f A-F | basenc --base16 -d | base64 -w 0; } >$@

$(BUILD)/unit/%.t: $(BUILD)/tests/unit/%.o $(BUILD)/libfarrier.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ -lcmocka $(LIB_LDLIBS) $(UNIT_LDLIBS)

# It reads with libarchive itself what was written.
$(BUILD)/unit/guest.t: UNIT_LDLIBS = -larchive

# A fuzz target with the driver that runs its corpus.
$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/driver.o $(BUILD)/libfarrier.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LIB_LDLIBS)

# Programs that stand in for the real ones in tests; they use nothing of the library.
$(BUILD)/standin/lavad: $(wildcard tests/standin/lavad/*.[ch] tests/standin/front/*.[ch])
$(BUILD)/standin/slurmrestd: $(wildcard tests/standin/front/*.[ch])
$(BUILD)/standin/%: tests/standin/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CSTD) $(WARN) $(CFLAGS) -o $@ $(filter %.c,$^) -lm $(shell pkg-config --cflags --libs libmicrohttpd jansson) -pthread

# The same with libFuzzer, which makes up inputs of its own (clang, libclang-rt-dev):
# build/fuzz/corpus/TARGET grows, and a crash leaves its input in build/fuzz/.
TARGET  ?= port
SECONDS ?= 600
fuzz:
	@$(MAKE) --no-print-directory FUZZ=1 build/fuzz/$(TARGET)
	@mkdir -p build/fuzz/corpus/$(TARGET)
	build/fuzz/$(TARGET) -max_total_time=$(SECONDS) -timeout=20 -rss_limit_mb=2048 \
		-artifact_prefix=build/fuzz/ build/fuzz/corpus/$(TARGET) tests/fuzz/$(TARGET)

build/fuzz/%: build/fuzz/tests/fuzz/%.o build/fuzz/libfarrier.a
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIB_LDLIBS)

-include $(LIB_OBJECTS:.o=.d) $(CMD_OBJECTS:.o=.d) $(UNIT_SOURCES:%.c=$(BUILD)/%.d) \
	$(patsubst %.c,$(BUILD)/%.d,$(wildcard tests/fuzz/*.c))

dev:
	@$(MAKE) --no-print-directory DEV=1 all

unit-tests: $(UNIT_TESTS) $(FUZZ_TESTS) $(STANDINS)

man: $(MAN_PAGES)

build/man/%: cmd/man/%.scd
	@mkdir -p $(@D)
	$(call say,MAN)
	$(Q)scdoc <$< >$@

# farrier(1) lists the verbs with the summaries of their own pages.
VERB_PAGES := $(sort $(wildcard cmd/man/farrier-*.scd))
build/man/farrier.1: cmd/man/farrier.1.scd $(VERB_PAGES)
	@mkdir -p $(@D)
	$(call say,MAN)
	$(Q)sed -n 's/^farrier-\([a-z]*\) - \(.*\)/*farrier-\1*(1)\n\t\u\2.\n/p' $(VERB_PAGES) \
		| sed -e '/@COMMANDS@/{r /dev/stdin' -e 'd}' $< | scdoc >$@

check-layers:
	@tests/check-layers

# Installs what is missing, says what, and stops clearly when it cannot.
setup:
	@tests/setup $(PACKAGES_BUILD) $(PACKAGES_RUN)

setup-check:
	@tests/setup $(PACKAGES_BUILD) $(PACKAGES_RUN) $(PACKAGES_TEST)
	@tests/setup $(PACKAGES_BROWSER) || echo 'setup: no browser: the HTML report is not looked at'

# The main job on real kernels: does the series fix the bug?
demo: setup
	@$(MAKE) --no-print-directory -j$$(nproc) all
	./farrier tree import linux-6.12.y
	./farrier verify ev7-ipi --model io7-edge-loss --onto linux-6.12.y

check: setup-check
	@$(MAKE) --no-print-directory -j$$(nproc) all man
	@$(MAKE) --no-print-directory -j$$(nproc) DEV=1 all unit-tests
	@tests/run $(CHECK)

# Installs and starts a real LAVA server, as root; the kernels are those of `make check`.
check-lab:
	@$(MAKE) --no-print-directory check CHECK="tests/t/lab-real.t tests/t/cluster-real.t"

# The default matrix through both of them at once: an hour.
check-matrix:
	@VERBOSE=1 $(MAKE) --no-print-directory check CHECK="tests/t/matrix-real.t"

# Both tables, also when the bars of the first are not held.
# Simulated bisections on a real history of 1,040 commits: FARRIER_SHARED/facts/git-dag.txt.
RUNS ?= 1000
bench-bisect: $(BUILD)/bench/bisect
	@if test -e $(or $(FARRIER_SHARED),../shared)/facts/git-dag.txt; then \
		$(BUILD)/bench/bisect $(or $(FARRIER_SHARED),../shared)/facts/git-dag.txt $(RUNS); \
	else echo "SKIPPED: there is no $(or $(FARRIER_SHARED),../shared)/facts/git-dag.txt"; fi

bench-coin: $(PROGRAM)
	@if test -e $(or $(FARRIER_SHARED),../shared)/facts/git-dag.txt; then \
		tests/bench/coin $(PROGRAM) $(or $(FARRIER_SHARED),../shared)/facts/git-dag.txt $(or $(COINS),100) $(or $(P),0.5); \
	else echo "SKIPPED: there is no $(or $(FARRIER_SHARED),../shared)/facts/git-dag.txt"; fi

bench-scale: $(PROGRAM) $(BUILD)/standin/emulator
	@tests/bench/scale $(PROGRAM) $(BUILD)/standin/emulator $(MOST)

bench-cluster: $(PROGRAM)
	@tests/bench/cluster

$(BUILD)/bench/%: tests/bench/%.c $(BUILD)/libfarrier.a Makefile
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(CSTD) $(WARN) $(CFLAGS) -Ilib -o $@ $< $(BUILD)/libfarrier.a $(LIB_LDLIBS)

bench-port: all
	@failed=0; tests/bench/port || failed=1; echo; tests/bench/port-speed || failed=1; \
		exit $$failed

install: all man
	install -d "$(DESTDIR)$(BINDIR)" "$(DESTDIR)$(DATADIR)" "$(DESTDIR)$(MANDIR)/man1" \
		"$(DESTDIR)$(COMPDIR)"
	install -m 755 $(PROGRAM) "$(DESTDIR)$(BINDIR)/farrier"
	cp -R kernels "$(DESTDIR)$(DATADIR)/"
	install -m 644 build/man/*.1 "$(DESTDIR)$(MANDIR)/man1/"
	install -m 644 cmd/completion.bash "$(DESTDIR)$(COMPDIR)/farrier"

format:
	clang-format -i cmd/*.[ch] lib/*/*.[ch] tests/unit/*.c tests/fuzz/*.c tests/standin/*.c tests/standin/*/*.[ch]

clean:
	rm -rf build farrier

help:
	@sed -n 's/^#   //p' Makefile
	@echo 'make install  into PREFIX (default /usr/local), below DESTDIR'
	@echo 'make check CHECK="tests/t/port.t ..."  some tests only'
	@echo 'make fuzz TARGET=mail SECONDS=600  tries inputs that nobody thought of'
	@echo 'make check-layers  no file of lib/ includes a higher layer'
