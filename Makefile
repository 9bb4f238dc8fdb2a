# SPDX-License-Identifier: GPL-2.0-only
#
# CGL Modules. "make help" lists the targets; README.md explains them.
#
# Everything that is built goes below build/. Modules are built in a farm of
# links, one per kernel (build/<release>/mod), so that several kernels are
# served from one tree and nothing is written beside the sources.

MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -ec
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

VERSION := 0.1.0
# "make bench B=digsig" names a module; everywhere else B is the build folder.
BENCH   := $(if $(filter command,$(firstword $(origin B))),$(B))
override B := build

# Which kernels: KVER="R1 R2", or all that are unpacked or have headers installed.
# KDIR=DIR builds against these headers instead of looking for those of KVER.
KVER ?= $(sort $(shell scripts/kernels list) \
	$(notdir $(patsubst %/build,%,$(wildcard /lib/modules/*/build))))
ALL_MODULES := $(patsubst %/Kbuild,%,$(wildcard digsig/Kbuild dsm/Kbuild \
	tipc/Kbuild aem/Kbuild mfib/Kbuild))
# Modules that exist for the tests alone.
TEST_MODULES := $(patsubst %/Kbuild,%,$(wildcard tests/*/kmod/Kbuild bench/*/kmod/Kbuild))
# Which to build: MODULES="digsig dsm", or all.
MODULES ?= $(ALL_MODULES) $(TEST_MODULES)

V ?= 0
ifeq ($(V),0)
Q := @
say = @printf '  %-7s %s\n' $(1) $(2)
else
Q :=
say = @:
endif

PREFIX  ?= /usr
SBINDIR ?= $(PREFIX)/sbin
MANDIR  ?= $(PREFIX)/share/man
DESTDIR ?=

# For what builds several things at once: as many jobs as processors, unless the
# user has said how many.
PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: all
all: modules tools

# ---- modules ---------------------------------------------------------------
.PHONY: modules
modules: $(addprefix modules-,$(KVER))
	@$(if $(strip $(KVER)),:,echo 'No kernel to build for: scripts/kernels fetch, or install linux-headers' >&2; exit 1)

# W=1 is how the project is always built; KFLAGS is for make lint (C=2 ...).
KFLAGS ?=
.PHONY: modules-%
modules-%:
	$(call say,KBUILD,$*)
	$(Q)mkdir -p $(B)/$* && exec 9>$(B)/$*/.lock && flock 9 && \
	kdir=$(or $(KDIR),$$(scripts/kernels kdir $*)) && scripts/farm $(B)/$*/mod \
		$(MODULES) && \
	$(MAKE) --no-print-directory -C $$kdir M=$(CURDIR)/$(B)/$*/mod \
		W=1 CGL_VERSION=$(VERSION) $(KFLAGS) modules 2>&1 | \
		sed -u -e '/Skipping BTF generation/d' -e '/^  CALL/d' -e '/^  BTF/d' \
		-e '/^make\[/d' $(if $(filter 0,$(V)),-e '/^  \(CC\|LD\|AS\|MODPOST\|CHECK\)/d')

# ---- the parts ---------------------------------------------------------------
include $(wildcard tools/tools.mk tools/libaem/libaem.mk tests/tests.mk \
	bench/bench.mk demo/demo.mk scripts/install.mk scripts/lint.mk)

.PHONY: clean distclean help print-version
print-version:
	@echo $(VERSION)

clean:
	rm -rf $(filter-out $(B)/cache,$(wildcard $(B)/*))

# The cache (kernels, the debug kernel) takes long to make again.
distclean:
	rm -rf $(B)

help:
	@sed -n 's/^# make \(.*\)/  make \1/p' $(MAKEFILE_LIST)

# make                  build modules for every kernel at hand, and the tools
# make modules KVER=R   build modules for the kernel release R only
# make clean            remove what was built; keep downloaded kernels
# make distclean        remove everything that is not in git
