# SPDX-License-Identifier: GPL-2.0-only
#
# Targets that test, and that open guests to try things in.

# Kernel of make shell and make cluster: 6.1, 6.12, debug or a release.
K ?= 6.12

# make shell            open a shell in a guest, the modules at hand; K=6.1
.PHONY: shell
shell:
	@scripts/deps build vm
	@scripts/kernels fetch
	@$(MAKE) --no-print-directory modules
	@tests/vm/run -i -k $(K)

include tests/unit/unit.mk tests/fuzz/fuzz.mk
