// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mode: off, log, enforce, locked, with strict mode beside it.
 *
 * Enforcing begins in five steps: there is a key; what runs now verifies; the
 * hooks begin to refuse; who was past its hook has made its mapping; what runs
 * then verifies as well. If the last step finds something, which began in
 * between, the mode goes back.
 *
 * Locked is enforce that cannot be left: the module keeps itself loaded, the
 * mode stays, strict mode can only be switched on, keys need the anchor.
 *
 * Locking: mode_lock serialises changes and the retiring of keys, so that the
 * last key cannot leave while enforcing begins. It is the outermost lock of the
 * module. Hooks read the two variables without it.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "control.h"

unsigned int digsig_mode __read_mostly = DIGSIG_MODE_OFF;
bool digsig_strict __read_mostly;

static DEFINE_MUTEX(mode_lock);

static int mode_permitted(unsigned int mode, bool strict,
			  struct netlink_ext_ack *extack)
{
	if (mode > DIGSIG_MODE_MAX) {
		NL_SET_ERR_MSG(extack, "no such mode");
		return -EINVAL;
	}
	if (digsig_mode == DIGSIG_MODE_LOCKED && mode != DIGSIG_MODE_LOCKED) {
		NL_SET_ERR_MSG(extack, "the mode is locked until reboot");
		return -EPERM;
	}
	if (digsig_mode == DIGSIG_MODE_LOCKED && digsig_strict && !strict) {
		NL_SET_ERR_MSG(extack,
			       "strict mode stays on until reboot: the mode is locked");
		return -EPERM;
	}
	if (mode >= DIGSIG_MODE_ENFORCE && !digsig_key_count()) {
		NL_SET_ERR_MSG(extack,
			       "there is no key: nothing could run; add one first");
		return -ENOKEY;
	}
	return 0;
}

static void mode_publish(unsigned int mode, bool strict)
{
	WRITE_ONCE(digsig_strict, strict);
	WRITE_ONCE(digsig_mode, mode);
}

static void preflight_say(int err, struct netlink_ext_ack *extack)
{
	switch (err) {
	case -EKEYREJECTED:
		NL_SET_ERR_MSG(extack,
			       "programs are running that would be refused; sign them or end them");
		break;
	case -EAGAIN:
		NL_SET_ERR_MSG(extack,
			       "a program has been starting for seconds; try again");
		break;
	case -EINTR:
		NL_SET_ERR_MSG(extack, "interrupted; the mode is what it was");
		break;
	default:
		NL_SET_ERR_MSG(extack, "no memory to look at what is running");
	}
}

/* A start from a slow disk may take longer than one wait. */
static int mappers_settle(void)
{
	int tries;

	/* Pairs with the atomic operation of who maps: see writers.c. */
	smp_mb();
	for (tries = 0; tries < 50; tries++) {
		if (digsig_mappers_wait())
			return 0;
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return -EAGAIN;
}

static int mode_enforce(bool strict, struct digsig_preflight *pf,
			struct netlink_ext_ack *extack)
{
	unsigned int old_mode = digsig_mode;
	bool old_strict = digsig_strict;
	int err;

	lockdep_assert_held(&mode_lock);
	err = digsig_preflight_run(pf, strict);
	if (err)
		goto out;
	/* Locked stays locked, also while strict mode begins. */
	mode_publish(max_t(u32, old_mode, DIGSIG_MODE_ENFORCE), strict);
	err = mappers_settle();
	if (!err)
		err = digsig_preflight_run(pf, strict);
	if (err)
		mode_publish(old_mode, old_strict);
out:
	if (err)
		preflight_say(err, extack);
	return err;
}

static bool mode_needs_preflight(unsigned int mode, bool strict)
{
	if (mode < DIGSIG_MODE_ENFORCE)
		return false;
	return digsig_mode < DIGSIG_MODE_ENFORCE || (strict && !digsig_strict);
}

/* Nothing here can fail: what can has been done. */
static void mode_lock_down(void)
{
	if (digsig_mode == DIGSIG_MODE_LOCKED)
		return;
	digsig_module_stay();
	digsig_keys_lock();
}

static int mode_change(unsigned int mode, bool strict,
		       struct digsig_preflight *pf,
		       struct netlink_ext_ack *extack)
{
	unsigned int old_mode = digsig_mode;
	bool old_strict = digsig_strict;
	int err;

	err = mode_permitted(mode, strict, extack);
	if (!err && strict)
		err = digsig_strict_hooks_begin(extack);
	if (!err && mode_needs_preflight(mode, strict))
		err = mode_enforce(strict, pf, extack);
	if (err)
		return err;
	if (mode == DIGSIG_MODE_LOCKED)
		mode_lock_down();
	mode_publish(mode, strict);
	if (mode != old_mode || strict != old_strict)
		digsig_event_mode(old_mode, old_strict);
	return 0;
}

/**
 * digsig_mode_set() - change the mode, strict mode, or both
 * @mode: enum digsig_mode
 * @strict: 0 or 1, or negative to leave it
 * @preflight: filled with what stood in the way, the caller resets it; or NULL
 * @extack: where to say in words what is wrong
 *
 * On every error the mode is what it was. In between it may have been enforce
 * for as long as the second look at the running programs takes.
 *
 * Context: Process context. Sleeps for as long as verifying everything that
 * runs takes.
 * Return: 0, or a negative error.
 *
 * * -EINVAL - no such mode
 * * -EPERM - the mode is locked
 * * -ENOKEY - enforce or locked without a key
 * * -EKEYREJECTED - something runs that would be refused
 * * -EAGAIN - a task does not come out of exec or mmap
 * * what keeps the hooks of strict mode from being attached
 */
int digsig_mode_set(unsigned int mode, int strict,
		    struct digsig_preflight *preflight,
		    struct netlink_ext_ack *extack)
{
	struct digsig_preflight *own = NULL;
	int err;

	if (!preflight) {
		own = kvzalloc(sizeof(*own), GFP_KERNEL);
		if (!own)
			return -ENOMEM;
		preflight = own;
	}
	mutex_lock(&mode_lock);
	err = mode_change(mode, strict < 0 ? digsig_strict : strict, preflight,
			  extack);
	mutex_unlock(&mode_lock);
	if (own) {
		digsig_preflight_reset(own);
		kvfree(own);
	}
	return err;
}

/**
 * digsig_key_retire() - remove a key, but not the last one while it is needed
 * @key_id: of DIGSIG_KEY_ID_LEN bytes
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. Takes and releases mode_lock. May sleep.
 * Return: 0, or a negative error.
 *
 * * -ENOKEY - there is no such key
 * * -EBUSY - it is the last one, and the mode is enforce or locked
 */
int digsig_key_retire(const u8 *key_id, struct netlink_ext_ack *extack)
{
	struct digsig_key_info info;
	int err;

	mutex_lock(&mode_lock);
	if (digsig_mode >= DIGSIG_MODE_ENFORCE && digsig_key_count() == 1 &&
	    digsig_key_info(0, &info) &&
	    !memcmp(info.key_id, key_id, DIGSIG_KEY_ID_LEN)) {
		NL_SET_ERR_MSG(extack,
			       "this is the last key: without it nothing could run");
		err = -EBUSY;
	} else {
		err = digsig_key_del(key_id, extack);
	}
	mutex_unlock(&mode_lock);
	return err;
}
