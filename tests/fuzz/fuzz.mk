# SPDX-License-Identifier: GPL-2.0-only
#
# Fuzzing the pure files with libFuzzer.
#
# tests/fuzz/MODULE/TARGET.c is a target, linked with PURE_MODULE (unit.mk);
# TARGET.dict, if there is one, is its dictionary. tests/fuzz/MODULE/seeds writes
# the inputs to start from. Inputs that found something new are kept in
# build/fuzz/MODULE/TARGET.corpus, what failed is build/fuzz/MODULE/TARGET.crash-*.

FUZZ         := $(B)/fuzz
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*/*.c))
FUZZ_CC      ?= clang-14
FUZZ_FLAGS   := -std=gnu11 -g -O2 -Wall -Wextra -Werror \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	-I. -Iinclude/uapi
SECONDS      ?= 30
# 0: another one each time.
SEED         ?= 0

$(FUZZ)/digsig/seeds.made: tests/fuzz/digsig/seeds $(DIGSIG_KEYS)/.made
	$(Q)$< $(DIGSIG_KEYS) $(@D)/seeds && touch $@

$(FUZZ)/dsm/seeds.made: tests/fuzz/dsm/seeds $(TOOLS_B)/dsm
	$(Q)mkdir -p $(@D) && $< $(TOOLS_B)/dsm $(@D)/seeds && touch $@

$(FUZZ)/tipc/seeds.made: tests/fuzz/tipc/seeds
	$(Q)mkdir -p $(@D) && $< $(@D)/seeds && touch $@

$(FUZZ)/mfib/seeds.made: tests/fuzz/mfib/seeds
	$(Q)mkdir -p $(@D) && $< $(@D)/seeds && touch $@

# The pure files of a module are compiled once for all its targets.
define fuzz_object
$(FUZZ)/obj/$(1:.c=.o): $(1) $(wildcard $(dir $(1))*.h include/uapi/linux/*.h)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(FUZZ_CC) $$(FUZZ_FLAGS) -c -o $$@ $$<
endef
fuzz_objects = $(patsubst %.c,$(FUZZ)/obj/%.o,$(call pure_of,$(1)))
$(foreach m,$(call modules_of,$(FUZZ_TARGETS)),$(foreach f,$(call \
	pure_of,$(m)),$(eval $(call fuzz_object,$(f)))))

define fuzz_rule
$(FUZZ)/$(1): tests/fuzz/$(1).c tests/fuzz/fuzz.h $(call fuzz_objects,$(1)) \
		$(wildcard $(call module_of,$(1))/*.h include/uapi/linux/*.h)
	$$(call say,FUZZCC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(FUZZ_CC) $$(FUZZ_FLAGS) -o $$@ $$< $(call fuzz_objects,$(1))

# At low priority, and one process: the machine may be doing something else.
.PHONY: fuzz-$(1)
fuzz-$(1): $(FUZZ)/$(1) $(FUZZ)/$(call module_of,$(1))/seeds.made
	$$(Q)mkdir -p $$<.corpus; nice -n 19 $$< -max_total_time=$$(SECONDS) -seed=$$(SEED) \
		-timeout=5 -max_len=16384 -print_final_stats=1 \
		-artifact_prefix=$$<. $(patsubst %,-dict=%,$(wildcard \
		tests/fuzz/$(1).dict)) $$<.corpus \
		$(FUZZ)/$(call module_of,$(1))/seeds/$(notdir $(1)) >$$<.log 2>&1 || \
		{ tail -n 40 $$<.log; exit 1; }
	@awk '/number_of_executed_units/ { runs = $$$$2 } \
		/ cov: / { for (i = 1; i < NF; i++) if ($$$$i == "cov:") cov = $$$$(i + 1) } \
		END { printf "  %-7s %s: %d inputs, %d edges covered\n", \
			"PASS", "$(1)", runs, cov }' $$<.log
endef
$(foreach t,$(FUZZ_TARGETS),$(eval $(call fuzz_rule,$(t))))

fuzz_wanted = $(if $(T),$(foreach t,$(FUZZ_TARGETS),$(if $(findstring \
	$(T),$(t)),$(t))),$(FUZZ_TARGETS))

# make fuzz             fuzz the parsers; T=NAME one, SECONDS=30 for each
.PHONY: fuzz fuzz-smoke
fuzz: $(addprefix fuzz-,$(fuzz_wanted))
	@[ -n "$^" ] || { echo "no fuzz target is called $(T)" >&2; exit 2; }

# For make check: do the targets build, and does nothing fail at once.
fuzz-smoke:
	@$(MAKE) --no-print-directory fuzz SECONDS=3 SEED=1
