# SPDX-License-Identifier: GPL-2.0-only
#
# Measuring. bench/figures says what, doc/benchmarks.md says how.
#
# make bench            measure ours beside the peers; B=digsig, F="NAME ..."

BENCH_MODULES := $(or $(BENCH),$(sort $(shell \
	sed -n 's/^\([a-z]*\)\..*/\1/p' bench/figures)))

# The kernels that the figures name, not what the machine has headers for.
.PHONY: bench
bench:
	$(Q)scripts/deps build vm bench
	$(Q)scripts/kernels fetch 6.1 6.12
	$(Q)$(MAKE) --no-print-directory $(PARALLEL) B= tools \
		$$(for s in 6.1 6.12; do echo modules-$$(scripts/kernels release $$s); done)
	$(Q)status=0; for m in $(BENCH_MODULES); do \
		bench/run $$m $(F) || status=1; done; exit $$status
