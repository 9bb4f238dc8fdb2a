# SPDX-License-Identifier: GPL-2.0-only
# Installing on this machine, and building Debian packages.

# make install          install modules (for each KVER=), tools, man pages
# make uninstall        remove what install wrote
# make deb              build cgl-dkms and cgl-tools into build/deb/

UPDATES = $(DESTDIR)/lib/modules/$(1)/updates/cgl
# tipc.ko takes the place of the kernel's own tipc: it is installed only when
# the operator names it, make install WITH_TIPC=1.
INSTALL_MODULES := $(filter-out $(if $(WITH_TIPC),,tipc),$(ALL_MODULES))

.PHONY: install install-modules install-tools install-libaem uninstall
install: install-modules install-tools install-libaem

.PHONY: install-modules-%
install-modules: $(addprefix install-modules-,$(KVER))
install-modules-%: modules-%
	$(call say,INSTALL,$(call UPDATES,$*))
	$(Q)install -d $(call UPDATES,$*)
	$(Q)install -m 0644 $(foreach m,$(INSTALL_MODULES),$(B)/$*/mod/$(m)/*.ko) \
		$(call UPDATES,$*)
	$(Q)$(if $(DESTDIR),:,depmod $*)

install-tools: tools
	$(call say,INSTALL,$(DESTDIR)$(PREFIX))
	$(Q)install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(PREFIX)/include/linux \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(UNITDIR)
	$(Q)install -m 0755 $(foreach t,$(INSTALLED_TOOLS),$(B)/tools/$(t)) \
		$(DESTDIR)$(SBINDIR)
	$(Q)install -D -m 0644 -t $(DESTDIR)$(IPROUTE2DIR) $(B)/tools/ip/link_mfib.so
	$(Q)for page in man/*.[124-8]; do \
		install -D -m 0644 -t $(DESTDIR)$(MANDIR)/man$${page##*.} $$page; \
	done
	$(Q)install -m 0644 completion/* \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions
	$(Q)install -m 0644 systemd/*.service $(DESTDIR)$(UNITDIR)
	$(Q)for f in systemd/*.default; do \
		to=$(DESTDIR)/etc/default/$$(basename $$f .default); \
		[ -e $$to ] || install -D -m 0644 $$f $$to; \
	done
	$(Q)install -m 0644 include/uapi/linux/*.h \
		$(DESTDIR)$(PREFIX)/include/linux
	$(Q)$(TOOLS_INSTALL_HOOK)

# The library, for those who write programs.
install-libaem: libaem
	$(call say,INSTALL,$(DESTDIR)$(LIBDIR))
	$(Q)install -D -m 0644 -t $(DESTDIR)$(LIBDIR) $(B)/libaem/libaem.so.0 \
		$(B)/libaem/libaem.a
	$(Q)ln -sf libaem.so.0 $(DESTDIR)$(LIBDIR)/libaem.so
	$(Q)install -D -m 0644 -t $(DESTDIR)$(LIBDIR)/pkgconfig $(B)/libaem/aem.pc
	$(Q)install -D -m 0644 -t $(DESTDIR)$(PREFIX)/include tools/libaem/aem.h
	$(Q)install -D -m 0644 -t $(DESTDIR)$(MANDIR)/man3 man/*.3
	$(Q)$(if $(DESTDIR),:,ldconfig)

UNITDIR ?= /lib/systemd/system
# Where ip(8) looks for what it is to know of a kind of link.
IPROUTE2DIR ?= $(PREFIX)/lib/$(shell gcc -print-multiarch)/ip
INSTALLED_TOOLS ?= $(patsubst tools/%/main.c,%,$(wildcard tools/*/main.c))
# digsig under the name that gives it the options of bsign.
TOOLS_INSTALL_HOOK ?= ln -sf digsig $(DESTDIR)$(SBINDIR)/digsig-bsign

uninstall:
	$(Q)rm -rf $(foreach k,$(KVER),$(call UPDATES,$(k)))
	$(Q)$(if $(DESTDIR),:,for k in $(KVER); do depmod $$k; done)
	$(Q)cd $(DESTDIR)$(SBINDIR) && rm -f $(INSTALLED_TOOLS) digsig-bsign
	$(Q)rm -f $(DESTDIR)$(LIBDIR)/libaem.* $(DESTDIR)$(PREFIX)/include/aem.h \
		$(DESTDIR)$(LIBDIR)/pkgconfig/aem.pc
	$(Q)cd $(DESTDIR)$(MANDIR) && \
		rm -f $(join $(patsubst .%,man%/,$(suffix $(wildcard man/*.[1-8]))),$(notdir $(wildcard man/*.[1-8])))
	$(Q)cd $(DESTDIR)$(PREFIX)/share/bash-completion/completions && \
		rm -f $(notdir $(wildcard completion/*))
	$(Q)rm -f $(DESTDIR)$(IPROUTE2DIR)/link_mfib.so
	$(Q)cd $(DESTDIR)$(UNITDIR) && rm -f $(notdir $(wildcard systemd/*.service))
	$(Q)cd $(DESTDIR)$(PREFIX)/include/linux && \
		rm -f $(notdir $(wildcard include/uapi/linux/*.h))

# What a node needs to build the modules for its kernels, and nothing else. tipc
# is a package of its own, for the reason above.
DKMS_SOURCES = Makefile COPYING include lib scripts/farm scripts/kernels
DKMS_DIR = $(DESTDIR)/usr/src/$(1)-$(VERSION)

.PHONY: install-dkms-source install-dkms-source-tipc
install-dkms-source:
	$(Q)install -d $(call DKMS_DIR,cgl)
	$(Q)cp -a --parents $(DKMS_SOURCES) $(filter-out tipc,$(ALL_MODULES)) \
		$(call DKMS_DIR,cgl)
	$(Q)cp -a dkms.conf $(call DKMS_DIR,cgl)

install-dkms-source-tipc:
	$(Q)install -d $(call DKMS_DIR,cgl-tipc)
	$(Q)cp -a --parents $(DKMS_SOURCES) tipc $(call DKMS_DIR,cgl-tipc)
	$(Q)cp -a dkms-tipc.conf $(call DKMS_DIR,cgl-tipc)/dkms.conf

# The packages are built from what git tracks, in a tree of their own.
.PHONY: deb
deb:
	$(Q)scripts/deps build deb
	$(call say,DEB,$(B)/deb)
	$(Q)rm -rf $(B)/deb && mkdir -p $(B)/deb/cgl-$(VERSION)
	$(Q)git ls-files -z --cached --others --exclude-standard | \
		xargs -0 cp -a --parents -t $(B)/deb/cgl-$(VERSION)
	$(Q)cd $(B)/deb/cgl-$(VERSION) && \
		dpkg-buildpackage -us -uc -b >../build.log 2>&1 || \
		{ tail -n 30 ../build.log >&2; exit 1; }
	$(Q)ls $(B)/deb/*.deb
