# SPDX-License-Identifier: GPL-2.0-only
#
# Unit tests of the pure files: ordinary programs, under sanitizers.
#
# tests/unit/MODULE/TEST.c is a program that is linked with PURE_MODULE, the pure
# files of that module, and with LIBS_MODULE. It includes the kernel's
# kselftest_harness.h, prints TAP, and exits 0, 1 or 4.

PURE_digsig := footer sorted catalog revocation der policy
PURE_aem := wheel
PURE_tipc   := msg itree dests name_table name_lookup name_sub \
	name_dump subscr pkt bcast link link_tx link_rx \
	link_proto link_gap trunk trunk_takeover disc slice domain ring
LIBS_digsig := -lcrypto
PURE_dsm    := cipso policy policy_parse classes
# Policies to ask are built by the compiler's back half.
LIBS_dsm    := tools/dsm/build.c tools/dsm/model.c
UNIT_dsm    := -Itools/lib -Itools/dsm
$(addprefix $(B)/tests/unit/dsm/,policy policy_image policy_peer): $(LIBS_dsm) \
	$(wildcard tools/dsm/*.h)

PURE_mfib := key mem arena patricia trie trie_node trie_grow nexthop \
	nexthop_index rib rib_walk
LIBS_mfib := -lpthread

LIBS_aem := -pthread

UNIT       := $(B)/tests/unit
UNIT_TESTS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*/*.c))
UNIT_CC    ?= gcc
UNIT_FLAGS := -std=gnu11 -D_GNU_SOURCE -g -O1 -Wall -Wextra -Werror \
	-fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all -I. -Iinclude/uapi

# Tests and fuzzers of digsig read keys that openssl makes.
DIGSIG_KEYS := $(UNIT)/digsig/keys
UNIT_digsig := -DKEYS='"$(abspath $(DIGSIG_KEYS))"'
$(UNIT)/digsig/der-openssl: $(DIGSIG_KEYS)/.made

$(DIGSIG_KEYS)/.made: tests/unit/digsig/keys
	$(call say,KEYS,$(@D))
	$(Q)$< $(@D) && touch $@

# How the harness is written is not ours: its folder is a system folder.
KSELFTEST := $(B)/cache/kselftest
$(KSELFTEST)/kselftest_harness.h:
	$(Q)scripts/kernels source

module_of = $(firstword $(subst /, ,$(1)))
pure_of   = $(patsubst %,$(call module_of,$(1))/%.c,$(PURE_$(call module_of,$(1))))

modules_of = $(sort $(foreach t,$(1),$(call module_of,$(t))))

# The pure files of a module are compiled once for all its tests.
define unit_object
$(UNIT)/obj/$(2:.c=.o): $(2) $(wildcard $(dir $(2))*.h include/uapi/linux/*.h)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(UNIT_CC) $$(UNIT_FLAGS) $$(UNIT_$(1)) -c -o $$@ $$<
endef
unit_objects = $(patsubst %.c,$(UNIT)/obj/%.o,$(call pure_of,$(1)))
$(foreach m,$(call modules_of,$(UNIT_TESTS)),$(foreach f,$(call \
	pure_of,$(m)),$(eval $(call unit_object,$(m),$(f)))))

define unit_rule
$(UNIT)/$(1): tests/unit/$(1).c tests/unit/unit.h $(call unit_objects,$(1)) \
		$(wildcard tests/unit/$(call module_of,$(1))/*.h) \
		$(wildcard $(call module_of,$(1))/*.h include/uapi/linux/*.h) \
		$(KSELFTEST)/kselftest_harness.h
	$$(call say,CC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(UNIT_CC) $$(UNIT_FLAGS) -isystem $$(KSELFTEST) \
		$$(UNIT_$(call module_of,$(1))) -o $$@ $$< \
		$(call unit_objects,$(1)) $$(LIBS_$(call module_of,$(1)))
endef
$(foreach t,$(UNIT_TESTS),$(eval $(call unit_rule,$(t))))

.PHONY: unit-build unit
unit-build: $(addprefix $(UNIT)/,$(UNIT_TESTS))

# T=footer, T=digsig/footer or T=digsig: those whose name contains it.
unit_wanted = $(if $(T),$(foreach t,$(UNIT_TESTS),$(if $(findstring \
	$(T),$(t)),$(t))),$(UNIT_TESTS))

# make unit             run the unit tests; T=NAME those whose name contains it
unit: $(addprefix $(UNIT)/,$(unit_wanted))
	@[ -n "$^" ] || { echo "no unit test is called $(T)" >&2; exit 2; }
	@failed=0; for t in $(patsubst $(UNIT)/%,%,$^); do \
		if $(UNIT)/$$t >$(UNIT)/$$t.log 2>&1; \
		then printf '  %-7s %s: %s\n' PASS $$t "$$(tail -n 1 $(UNIT)/$$t.log)"; \
		else printf '  %-7s %s\n' FAIL $$t; failed=1; \
			grep -v '^#  *\(RUN\|OK\) ' $(UNIT)/$$t.log || true; fi; \
	done; exit $$failed
