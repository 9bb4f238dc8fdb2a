/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What handlers of generic netlink requests do in every module: look for the
 * sender's right and for required attributes, take a file by its descriptor,
 * and answer.
 *
 * Functions are short and inline, so a module has what it uses and exports none.
 */
#ifndef _CGL_GENL_REQUEST_H
#define _CGL_GENL_REQUEST_H

#include <linux/capability.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <net/genetlink.h>
#include <net/netlink.h>

/**
 * struct cgl_reply - an answer to a request, or an event, while it is made
 * @skb: the message
 * @head: its generic netlink header
 */
struct cgl_reply {
	struct sk_buff	*skb;
	void		*head;
};

/**
 * cgl_mac_admin() - may the sender administer access control?
 * @skb: its request
 * @extack: told why not
 *
 * Asked of the sender's credentials and of those the socket was opened with: a
 * privileged program that is handed a socket sends nothing for its donor.
 *
 * Return: 0 or -EPERM.
 */
static inline int cgl_mac_admin(struct sk_buff *skb,
				struct netlink_ext_ack *extack)
{
	if (netlink_capable(skb, CAP_MAC_ADMIN))
		return 0;
	NL_SET_ERR_MSG(extack,
		       "CAP_MAC_ADMIN in the initial user namespace is needed");
	return -EPERM;
}

/**
 * cgl_attr_needed() - is an attribute there?
 * @info: the request
 * @type: of the attribute
 * @why: what the sender is told if it is not
 *
 * Return: 0 or -EINVAL.
 */
static inline int cgl_attr_needed(struct genl_info *info, int type,
				  const char *why)
{
	if (!GENL_REQ_ATTR_CHECK(info, type))
		return 0;
	if (info->extack)
		info->extack->_msg = why;
	return -EINVAL;
}

/**
 * cgl_mac_request() - does the sender have the right, and say what is needed?
 * @skb: the request
 * @info: about it
 * @type: of the attribute that is needed
 * @why: what the sender is told if it is not there
 *
 * Return: 0, -EPERM or -EINVAL.
 */
static inline int cgl_mac_request(struct sk_buff *skb, struct genl_info *info,
				  int type, const char *why)
{
	int err = cgl_mac_admin(skb, info->extack);

	return err ? err : cgl_attr_needed(info, type, why);
}

/**
 * cgl_attr_file() - the file whose descriptor a request names
 * @info: the request
 * @type: the attribute, an s32 that is there
 *
 * Context: Process context, of the process that sent the request.
 * Return: a reference to a regular file that is open for reading, or an
 * ERR_PTR().
 */
static inline struct file *cgl_attr_file(struct genl_info *info, int type)
{
	struct nlattr *attr = info->attrs[type];
	struct file *file = fget(nla_get_s32(attr));

	if (!file) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "no open file has this descriptor");
		return ERR_PTR(-EBADF);
	}
	if (!(file->f_mode & FMODE_READ) ||
	    !S_ISREG(file_inode(file)->i_mode)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "not a regular file that is open for reading");
		fput(file);
		return ERR_PTR(-EBADF);
	}
	return file;
}

/**
 * cgl_reply_new() - begin an answer
 * @r: filled in
 * @info: the request
 * @family: of it
 * @size: bytes of attributes that the answer will have at most
 *
 * Context: Process context. May sleep.
 * Return: 0 or a negative error.
 */
static inline int cgl_reply_new(struct cgl_reply *r, struct genl_info *info,
				const struct genl_family *family, size_t size)
{
	r->skb = genlmsg_new(size, GFP_KERNEL);
	if (!r->skb)
		return -ENOMEM;
	r->head = genlmsg_put_reply(r->skb, info, family, 0,
				    info->genlhdr->cmd);
	if (!r->head) {
		nlmsg_free(r->skb);
		return -EMSGSIZE;
	}
	return 0;
}

/**
 * cgl_reply_send() - send an answer, or free it
 * @r: the answer
 * @info: the request
 * @err: 0, or an error that kept it from being made
 *
 * Return: 0 or a negative error.
 */
static inline int cgl_reply_send(struct cgl_reply *r, struct genl_info *info,
				 int err)
{
	if (err) {
		nlmsg_free(r->skb);
		return err;
	}
	genlmsg_end(r->skb, r->head);
	return genlmsg_reply(r->skb, info);
}

#endif /* _CGL_GENL_REQUEST_H */
