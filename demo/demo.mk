# SPDX-License-Identifier: GPL-2.0-only
# The guided tour. Chapters are demo/NAME/run, in the order of DEMO_CHAPTERS.

DEMO_CHAPTERS := digsig dsm tipc aem mfib

# make demo             a guided tour in virtual machines; M=digsig one chapter
.PHONY: demo demo-setup
demo: demo-setup
	$(Q)$(foreach c,$(if $(M),$(M),$(DEMO_CHAPTERS)),demo/$(c)/run &&) \
		echo 'The tour ends here. README.md tells how to do this on a node.'

# What the tour needs: packages, the kernels, the modules and the programs. Each
# is made in a make of its own, since it may not have existed when this began.
demo-setup:
	$(Q)scripts/deps build vm demo
	$(Q)scripts/kernels fetch
	$(Q)$(MAKE) --no-print-directory $(PARALLEL) modules tools M=
