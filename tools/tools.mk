# SPDX-License-Identifier: GPL-2.0-only
#
# The programs. tools/NAME/*.c with tools/lib/*.c becomes build/tools/NAME.
# SAN=1 builds with AddressSanitizer and UBSan into build/tools-san.
#
# A tool may name sources that it shares with its module (TOOL_SHARED_NAME) and
# libraries besides libmnl (TOOL_PKGS_NAME, as pkg-config calls them).
#
# make tools            build the programs; SAN=1 with sanitizers

TOOLS := $(patsubst tools/%/main.c,%,$(wildcard tools/*/main.c))

TOOL_SHARED_digsig := $(wildcard $(addprefix digsig/,footer.c sorted.c \
	catalog.c revocation.c der.c policy.c))
TOOL_PKGS_digsig   := libelf libcrypto
TOOL_SHARED_dsm := $(addprefix dsm/,policy.c policy_parse.c classes.c)
TOOL_PKGS_dsm   := libssl libcrypto
# The daemon, and what the two have in common. dsm is found before dsmd.
TOOL_SHARED_dsm += $(addprefix tools/dsmd/,conf.c frame.c hex.c \
	keyfile.c tls.c)
TOOL_SHARED_dsmd := $(addprefix dsm/,policy.c policy_parse.c classes.c) \
	$(addprefix tools/dsm/,image.c signature.c kernel.c)
TOOL_PKGS_dsmd   := libssl libcrypto

TOOLS_PKGS := $(sort libmnl $(foreach t,$(TOOLS),$(TOOL_PKGS_$(t))))

# CFLAGS and LDFLAGS are the packager's and come last.
TOOLS_CPPFLAGS = -Iinclude/uapi -Itools/lib -I. -D_GNU_SOURCE \
	-DCGL_VERSION='"$(VERSION)"'
TOOLS_CFLAGS = -std=gnu11 -O2 -g -Wall -Wextra -Werror -Wshadow \
	-Wmissing-prototypes -Wstrict-prototypes -Wpointer-arith -Wvla \
	-pthread $(shell pkg-config --cflags $(TOOLS_PKGS) 2>/dev/null)

SAN ?=
ifeq ($(SAN),)
TOOLS_B := $(B)/tools
TOOLS_CFLAGS += -fPIE -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
	-fstack-clash-protection -fcf-protection
TOOLS_LDFLAGS = -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
else
TOOLS_B := $(B)/tools-san
TOOLS_CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
TOOLS_LDFLAGS = -fsanitize=address,undefined
endif

tool_objs = $(patsubst %.c,$(TOOLS_B)/obj/%.o,$(wildcard tools/$(1)/*.c))
TOOLS_LIB_OBJS := $(call tool_objs,lib)

.PHONY: tools
tools: $(TOOLS:%=$(TOOLS_B)/%)

# Says what is missing by the name of its package, before a compiler does.
.PHONY: tools-deps
tools-deps:
	@pkg-config --exists $(TOOLS_PKGS) || { \
		echo 'make tools: $(TOOLS_PKGS) not found; run scripts/deps build' >&2; \
		exit 1; }

$(TOOLS_B)/obj/%.o: %.c Makefile tools/tools.mk | tools-deps
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TOOLS_CPPFLAGS) $(CPPFLAGS) $(TOOLS_CFLAGS) $(CFLAGS) \
		-MMD -MP -c -o $@ $<

define tool_rules
tool_objs_$(1) := $$(call tool_objs,$(1)) $$(TOOLS_LIB_OBJS) \
	$$(patsubst %.c,$$(TOOLS_B)/obj/%.o,$$(TOOL_SHARED_$(1)))

$$(TOOLS_B)/$(1): $$(tool_objs_$(1))
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(TOOLS_CFLAGS) $$(CFLAGS) $$(TOOLS_LDFLAGS) $$(LDFLAGS) \
		-o $$@ $$^ $$$$(pkg-config --libs libmnl $$(TOOL_PKGS_$(1)))

-include $$(tool_objs_$(1):.o=.d)
endef
$(foreach t,$(TOOLS),$(eval $(call tool_rules,$(t))))

# A plug-in of ip(8), which looks for it in a folder of its own or in IP_LIB_DIR.
tools: $(TOOLS_B)/ip/link_mfib.so
$(TOOLS_B)/ip/link_mfib.so: tools/iproute2/link_mfib.c \
		include/uapi/linux/mfib_link.h tools/tools.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TOOLS_CPPFLAGS) $(CPPFLAGS) -std=gnu11 -O2 -g -Wall -Wextra \
		-Werror -fPIC -shared $(CFLAGS) $(LDFLAGS) -o $@ $<

# For tests/unit/tools: the library is linked with each of them.
PURE_tools := $(patsubst tools/%.c,%,$(wildcard tools/lib/*.c))
UNIT_tools := -Itools/lib -DCGL_VERSION='"$(VERSION)"'
LIBS_tools := -lmnl
