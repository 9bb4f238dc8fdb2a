// SPDX-License-Identifier: GPL-2.0-only
/*
 * A node as a participant: it promises, commits, aborts, and says what it knows.
 *
 * The rules of the two phases are here and in push.c, and they are few.
 *
 *   1. A node promises a policy only if its serial is higher than the one in
 *      force, and than that of any other policy it has promised.
 *   2. The coordinator decides to commit when more than half of all nodes have
 *      promised, itself among them, and none has refused. The decision is the
 *      moment at which the policy is in force on the coordinator's own disk;
 *      only then others are told.
 *   3. So a coordinator that does not have the policy in force, and is not just
 *      collecting promises, has not decided, and never will: a node in doubt
 *      that hears so from it gives its promise back. In doubt it never commits
 *      by itself, and commits when anyone has the policy in force.
 *   4. A higher serial overtakes: whoever sees one in force takes it.
 *
 * A promise of a higher serial takes the place of an older one whose outcome is
 * not known: should the older one have been decided on, rule 4 makes all nodes
 * agree on the newer.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node.h"
#include "tls.h"

static bool is_policy(const struct store_policy *p,
		      const struct frame_head *head)
{
	return p->there && p->serial == head->serial &&
	       !memcmp(p->digest, head->digest, sizeof(p->digest));
}

/* Is a serial in force that is higher than the promised one? */
static bool is_overtaken(const struct node *n)
{
	return n->store.in_force.there &&
	       n->store.promised.serial <= n->store.in_force.serial;
}

static bool is_promise(const struct node *n, const struct frame_head *head,
		       const char *from)
{
	return n->store.promised.there &&
	       !memcmp(n->store.tx, head->tx, sizeof(n->store.tx)) &&
	       !strcmp(n->store.coordinator, from);
}

/* ---- promise ------------------------------------------------------------------- */

static int check_image(const struct node *n, const struct frame *f,
		       struct image *image, char why[NODE_WHY])
{
	const char *error;
	char signer[256];

	image->data = f->body;
	image->len = f->head.body_len;
	error = image_check(image);
	if (!error && n->conf.trust.certs)
		error = signature_check(image, &n->conf.trust, signer);
	if (!error && (image->policy.serial != f->head.serial ||
		       memcmp(image->policy.digest, f->head.digest,
			      DSM_IMAGE_DIGEST_LEN)))
		error = "not the policy that was announced";
	if (!error)
		return 0;
	snprintf(why, NODE_WHY, "%s", error);
	return -EBADMSG;
}

static int check_serial(const struct node *n, const struct frame_head *head,
			char why[NODE_WHY])
{
	const struct store_policy *now = &n->store.in_force;
	const struct store_policy *promised = &n->store.promised;

	if (now->there && head->serial <= now->serial) {
		snprintf(why, NODE_WHY, head->serial == now->serial ?
			 "another policy with serial %u is in force" :
			 "serial %u is in force, which is newer",
			 now->serial);
		return -ESTALE;
	}
	if (promised->there && head->serial <= promised->serial &&
	    !is_policy(promised, head)) {
		snprintf(why, NODE_WHY,
			 "serial %u was promised to %s, which has not decided",
			 promised->serial, n->store.coordinator);
		return -EBUSY;
	}
	return 0;
}

static int promise(struct node *n, const struct image *image,
		   const struct frame_head *head, const char *from,
		   char why[NODE_WHY])
{
	int err = store_candidate(&n->store, image);

	if (!err) {
		err = enforce_prepare(n, why);
		if (err) {
			store_abort(&n->store);
			return err;
		}
		err = store_promise(&n->store, head->tx, from);
	}
	if (err) {
		snprintf(why, NODE_WHY, "%s: %s", n->store.folder,
			 strerror(-err));
		enforce_abort(n);
		return err;
	}
	n->promised_ms = tls_now_ms();
	return 0;
}

/**
 * node_prepare() - can this node take a policy
 * @n: the node
 * @f: PREPARE, with the image
 * @from: the coordinator
 * @why: set to a sentence if not
 *
 * Return: 0: promised; or a negative error: not.
 */
int node_prepare(struct node *n, const struct frame *f, const char *from,
		 char why[NODE_WHY])
{
	struct image image;
	int err;

	err = check_image(n, f, &image, why);
	if (err)
		return err;
	pthread_mutex_lock(&n->lock);
	if (!is_policy(&n->store.in_force, &f->head)) {
		err = check_serial(n, &f->head, why);
		if (!err)
			err = promise(n, &image, &f->head, from, why);
	}
	pthread_mutex_unlock(&n->lock);
	return err;
}

/* ---- commit, abort ----------------------------------------------------------------- */

static int commit(struct node *n, char why[NODE_WHY])
{
	int err = store_commit(&n->store);

	if (err) {
		snprintf(why, NODE_WHY, "%s: %s", n->store.folder,
			 strerror(-err));
		return err;
	}
	log_note("serial %u is in force", n->store.in_force.serial);
	enforce_commit(n);
	return 0;
}

/**
 * node_commit() - bring into force what was promised
 * @n: the node
 * @head: COMMIT
 * @from: the coordinator
 * @why: set to a sentence on errors
 *
 * Return: 0, or a negative error.
 */
int node_commit(struct node *n, const struct frame_head *head,
		const char *from, char why[NODE_WHY])
{
	int err = 0;

	pthread_mutex_lock(&n->lock);
	if (is_policy(&n->store.in_force, head)) {
		err = 0;
	} else if (!is_promise(n, head, from) || is_overtaken(n)) {
		snprintf(why, NODE_WHY, "this was not promised");
		err = -ENOENT;
	} else {
		err = commit(n, why);
	}
	pthread_mutex_unlock(&n->lock);
	return err;
}

/**
 * node_abort() - give a promise back
 * @n: the node
 * @head: ABORT; nothing happens if the promise is of another push
 * @from: the coordinator
 */
void node_abort(struct node *n, const struct frame_head *head,
		const char *from)
{
	pthread_mutex_lock(&n->lock);
	if (is_promise(n, head, from)) {
		enforce_abort(n);
		store_abort(&n->store);
		log_note("serial %u was given up by %s", head->serial, from);
	}
	pthread_mutex_unlock(&n->lock);
}

/* ---- what this node knows ---------------------------------------------------------- */

/**
 * node_outcome() - what became of a push
 * @n: the node
 * @head: OUTCOME
 *
 * Return: FRAME_YES if the policy is in force here, FRAME_WAIT if it is being
 * decided here, FRAME_NO otherwise, which says something only if this node
 * coordinated that push.
 */
enum frame_type node_outcome(struct node *n, const struct frame_head *head)
{
	enum frame_type answer = FRAME_NO;

	pthread_mutex_lock(&n->lock);
	if (is_policy(&n->store.in_force, head))
		answer = FRAME_YES;
	else if (n->pushing && !memcmp(n->tx, head->tx, sizeof(n->tx)))
		answer = FRAME_WAIT;
	pthread_mutex_unlock(&n->lock);
	return answer;
}

static void status_head(const struct node *n, struct frame_head *head)
{
	head->serial = n->store.in_force.serial;
	head->epoch = n->keys.epoch;
	memcpy(head->digest, n->store.in_force.digest, sizeof(head->digest));
}

/**
 * node_status() - what is in force
 * @n: the node
 * @head: serial, digest and epoch are set
 * @text: set to lines of text, to be freed
 */
void node_status(struct node *n, struct frame_head *head, char **text)
{
	int len = 0;

	*text = NULL;
	pthread_mutex_lock(&n->lock);
	status_head(n, head);
	if (n->store.promised.there)
		len = asprintf(text, "promised\t%u\t%s\n",
			       n->store.promised.serial,
			       n->store.coordinator);
	else if (n->conf.kernel && n->store.in_force.there && !n->kernel_ok)
		len = asprintf(text, "kernel\t%s\n", n->kernel_said);
	pthread_mutex_unlock(&n->lock);
	head->body_len = *text && len > 0 ? len : 0;
}

/**
 * node_image() - the policy in force
 * @n: the node
 * @head: serial, digest and length are set
 * @body: set to the image, to be freed
 *
 * Return: 0, or a negative error; -ENOENT if there is none.
 */
int node_image(struct node *n, struct frame_head *head, char **body)
{
	struct image image;
	int err = -ENOENT;

	pthread_mutex_lock(&n->lock);
	status_head(n, head);
	if (n->store.in_force.there)
		err = image_open(&image, n->store.current);
	pthread_mutex_unlock(&n->lock);
	if (err)
		return err;
	*body = image.data;
	head->body_len = image.len;
	return 0;
}

/* ---- being behind -------------------------------------------------------------------- */

static int take(struct node *n, const struct image *image, const char *from)
{
	int err;

	if (n->store.in_force.there &&
	    image->policy.serial <= n->store.in_force.serial)
		return 0;
	err = store_replace(&n->store, image);
	if (err)
		return err;
	log_note("serial %u is in force, from %s", image->policy.serial, from);
	enforce_abort(n);
	enforce_again(n);
	return 0;
}

/**
 * node_catch_up() - take a policy that is in force elsewhere
 * @n: the node
 * @f: answer to FETCH
 * @from: who has it in force
 *
 * Return: 0, also if nothing newer came; or a negative error.
 */
int node_catch_up(struct node *n, const struct frame *f, const char *from)
{
	char why[NODE_WHY];
	struct image image;
	int err;

	err = check_image(n, f, &image, why);
	if (err) {
		log_warn("the policy of %s is not taken: %s", from, why);
		return err;
	}
	pthread_mutex_lock(&n->lock);
	err = take(n, &image, from);
	pthread_mutex_unlock(&n->lock);
	return err;
}

/* A push that this node has coordinated and not decided never will be. */
static void drop_own_promise(struct node *n)
{
	if (!n->store.promised.there ||
	    strcmp(n->store.coordinator, n->conf.name))
		return;
	log_note("serial %u was not decided on before the restart",
		 n->store.promised.serial);
	store_abort(&n->store);
}

/**
 * node_open() - be a node again
 * @n: the node, with its configuration
 *
 * Return: 0, or a negative error after saying why.
 */
int node_open(struct node *n)
{
	int err;

	pthread_mutex_init(&n->lock, NULL);
	err = store_open(&n->store, n->conf.state);
	if (err)
		return err;
	drop_own_promise(n);
	err = keys_restore(n);
	if (err)
		return err;
	if (n->store.in_force.there)
		log_note("serial %u is in force since before the start",
			 n->store.in_force.serial);
	enforce_again(n);
	return 0;
}
