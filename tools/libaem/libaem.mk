# SPDX-License-Identifier: GPL-2.0-only
#
# libaem, shared and static, and the examples that use it.
#
#	build/libaem/	libaem.so.0, libaem.so, libaem.a, aem.pc
#	build/examples/	examples/NAME.c, linked with the static library; those of tipc
#			without it
#
# make libaem           build the library; also part of make tools
# make examples         build the examples; also part of make tools

LIBAEM_B      := $(B)/libaem
LIBAEM_SONAME := libaem.so.0
LIBAEM_SRC    := $(wildcard tools/libaem/*.c tools/libaem/*.S)
LIBAEM_OBJS   := $(patsubst tools/libaem/%,$(LIBAEM_B)/obj/%.o,$(LIBAEM_SRC))
LIBAEM_MAP    := tools/libaem/libaem.map
LIBDIR        ?= $(PREFIX)/lib/$(shell $(CC) -print-multiarch)

LIBAEM_CFLAGS = -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror -Wshadow \
	-Wmissing-prototypes -Wstrict-prototypes -Wpointer-arith -Wvla \
	-fPIC -fvisibility=hidden -pthread -Iinclude/uapi

.PHONY: libaem examples
libaem: $(addprefix $(LIBAEM_B)/,$(LIBAEM_SONAME) libaem.so libaem.a aem.pc)
tools: libaem examples

$(LIBAEM_B)/obj/%.c.o: tools/libaem/%.c Makefile tools/libaem/libaem.mk
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(LIBAEM_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(LIBAEM_B)/obj/%.S.o: tools/libaem/%.S Makefile tools/libaem/libaem.mk
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Iinclude/uapi -g -MMD -MP -c -o $@ $<

$(LIBAEM_B)/$(LIBAEM_SONAME): $(LIBAEM_OBJS) $(LIBAEM_MAP)
	$(call say,LD,$@)
	$(Q)$(CC) -shared -pthread $(CFLAGS) -Wl,-soname,$(LIBAEM_SONAME) \
		-Wl,--version-script,$(LIBAEM_MAP) -Wl,--no-undefined \
		-Wl,-z,relro,-z,now,-z,noexecstack $(LDFLAGS) -o $@ \
		$(LIBAEM_OBJS)

$(LIBAEM_B)/libaem.so: $(LIBAEM_B)/$(LIBAEM_SONAME)
	$(Q)ln -sf $(LIBAEM_SONAME) $@

# One object whose own names are local, so that they meet none of a program's.
$(LIBAEM_B)/libaem.a: $(LIBAEM_OBJS)
	$(call say,AR,$@)
	$(Q)$(LD) -r -o $(LIBAEM_B)/obj/libaem.o $^
	$(Q)$(OBJCOPY) --localize-hidden $(LIBAEM_B)/obj/libaem.o
	$(Q)rm -f $@ && $(AR) rcs $@ $(LIBAEM_B)/obj/libaem.o

OBJCOPY ?= objcopy

$(LIBAEM_B)/aem.pc: tools/libaem/aem.pc.in Makefile
	$(Q)mkdir -p $(@D)
	$(Q)sed -e 's,@PREFIX@,$(PREFIX),; s,@LIBDIR@,$(LIBDIR),' \
		-e 's,@VERSION@,$(VERSION),' $< > $@

EXAMPLES := $(patsubst examples/%.c,$(B)/examples/%,$(wildcard examples/*.c \
	examples/*/*.c))
examples: $(EXAMPLES)

$(B)/examples/%: examples/%.c $(LIBAEM_B)/libaem.a tools/libaem/aem.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror \
		-Wshadow -pthread -Itools/libaem $(CFLAGS) -o $@ $< \
		$(LIBAEM_B)/libaem.a $(LDFLAGS)

# Those of tipc need the system's headers and nothing of ours.
$(B)/examples/tipc/%: examples/tipc/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror \
		-Wshadow $(CFLAGS) -o $@ $< $(LDFLAGS)

-include $(LIBAEM_OBJS:.o=.d)
