# SPDX-License-Identifier: GPL-2.0-only
#
# Targets that test, and that open guests to try things in. How tests are
# written and run is in doc/testing.md.

# Kernel of make shell and make cluster: 6.1, 6.12, debug or a release.
K ?= 6.12
# Guests of make cluster.
N ?= 3
# Tests of make check and make check-debug: names as for tests/run, or all.
T ?=

.PHONY: guest-ready check check-debug shell cluster

guest-ready:
	@scripts/deps build vm
	@scripts/kernels fetch

# make check            run all tests on 6.1 and 6.12; T=NAME only some
check: guest-ready
	@scripts/deps test
	@scripts/kernels source
	@$(MAKE) --no-print-directory $(PARALLEL) tools unit-build modules \
		KVER="$$(scripts/kernels release 6.1) $$(scripts/kernels release 6.12)"
	@tests/run $(T)

# make check-debug      run what runs in guests on a debug kernel, built once
check-debug: guest-ready
	@scripts/deps test debug
	@release=$$(scripts/kernels debug) && \
	$(MAKE) --no-print-directory $(PARALLEL) tools modules KVER=$$release && \
	tests/run -k debug $(T)

# make shell            open a shell in a guest, the modules at hand; K=6.1
shell: guest-ready
	@$(MAKE) --no-print-directory $(PARALLEL) tools modules
	@tests/vm/run -i -k $(K)

# make cluster          open N=3 guests on one Ethernet; K="6.1 6.12" in turn
cluster: guest-ready
	@$(MAKE) --no-print-directory $(PARALLEL) tools modules
	@tests/vm/cluster $(addprefix -k ,$(K)) $(N)

include $(wildcard tests/unit/unit.mk tests/fuzz/fuzz.mk)
