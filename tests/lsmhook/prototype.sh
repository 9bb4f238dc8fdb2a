#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# host: kernels="6.1 6.12" timeout=180 debug=no
#
# A table with a function of another prototype than its hook's does not compile,
# and the same table with the right one does. Hooks whose prototype is not the
# same on all kernels are right on the one they are right for.
#
# shellcheck source=tests/lib/tap.sh
. "$TESTLIB/tap.sh"

release=$("$TOP/scripts/kernels" release "$KERNEL") || skip_all "no kernel $KERNEL"
kdir=$("$TOP/scripts/kernels" kdir "$release")
dir=$(realpath "$RESULTS")

# compiles HOOK "RETURN (ARGUMENTS)": a table with such a function.
compiles() {
	cat > "$dir/table.c" <<-END
	#include <linux/fs.h>
	#include <linux/module.h>
	#include "lsmhook.h"
	static ${2%% (*} fn(${2#* (};
	static const struct lsmhook hooks[] = { LSMHOOK($1, fn) };
	static struct lsmhook_set set = LSMHOOK_SET("t", hooks);
	struct lsmhook_set *table(void);
	struct lsmhook_set *table(void) { return &set; }
	static ${2%% (*} fn(${2#* (} { ${3-return 0;} }
	END
	cat > "$dir/Kbuild" <<-END
	obj-m += table.o
	ccflags-y += -I$TOP/include -I$TOP/lib
	END
	make -C "$kdir" M="$dir" table.o
}

# What the compiler says of a type that does not fit, and of a name it has not.
wrong="incompatible pointer type|negative width in bit-field"

ok "int hook" compiles file_open "int (struct file *f)"
refused "$wrong" "another argument" \
	compiles file_open "int (struct inode *f)"
refused "$wrong" "const added to what it points to" \
	compiles file_open "int (const struct file *f)"
refused "$wrong" "one argument more" \
	compiles file_open "int (struct file *f, int more)"
refused "$wrong" "another return type" \
	compiles file_open "long (struct file *f)"
refused "$wrong" "a void function for an int hook" \
	compiles file_open "void (struct file *f)" ""
ok "void hook" compiles inode_free_security "void (struct inode *i)" ""
refused "$wrong" "an int function for a void hook" \
	compiles inode_free_security "int (struct inode *i)"
refused "no_such_hook" "a hook that the kernel has not" \
	compiles no_such_hook "int (struct file *f)"

old="int (struct dentry *d, struct iattr *a)"
new="int (struct mnt_idmap *m, struct dentry *d, struct iattr *a)"
case $KERNEL in
6.1) ok "inode_setattr" compiles inode_setattr "$old"
	refused "$wrong" "inode_setattr of 6.12" compiles inode_setattr "$new" ;;
*) ok "inode_setattr" compiles inode_setattr "$new"
	refused "$wrong" "inode_setattr of 6.1" compiles inode_setattr "$old" ;;
esac
tap_end
