# SPDX-License-Identifier: GPL-2.0-only
# What can be said about the tree without running it.

# make lint             W=1, sparse, checkpatch, kernel-doc, shellcheck, codespell
.PHONY: lint
lint:
	$(Q)scripts/deps build lint
	$(Q)scripts/lint $(KVER)
