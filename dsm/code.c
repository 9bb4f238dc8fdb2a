// SPDX-License-Identifier: GPL-2.0-only
/*
 * The authentication code: SipHash-2-4 over 25 octets.
 *
 * The octets fill three words of the hash and one octet of the last, in which
 * their number stands as well. That number never changes, so nothing is looped
 * over; reading words from octets and writing octets from words is all that
 * depends on the order of bytes.
 */
#include "code.h"

#define CODED_LEN	25

/**
 * struct sip - the state of the hash
 * @a: first word
 * @b: second word
 * @c: third word
 * @d: fourth word
 */
struct sip {
	u64 a, b, c, d;
};

static __always_inline u64 rotate(u64 x, unsigned int by)
{
	return x << by | x >> (64 - by);
}

static __always_inline void sip_round(struct sip *s)
{
	s->a += s->b;
	s->c += s->d;
	s->b = rotate(s->b, 13) ^ s->a;
	s->d = rotate(s->d, 16) ^ s->c;
	s->a = rotate(s->a, 32) + s->d;
	s->c += s->b;
	s->d = rotate(s->d, 21) ^ s->a;
	s->b = rotate(s->b, 17) ^ s->c;
	s->c = rotate(s->c, 32);
}

static __always_inline void sip_word(struct sip *s, u64 word)
{
	s->d ^= word;
	sip_round(s);
	sip_round(s);
	s->a ^= word;
}

static u64 read64(const u8 *octets)
{
	u64 word = 0;
	int i;

	for (i = 7; i >= 0; i--)
		word = word << 8 | octets[i];
	return word;
}

/* Eight octets, of two numbers in network byte order, as a word. */
static __always_inline u64 pair(__be32 first, __be32 second)
{
	union {
		__be32	half[2];
		__le64	word;
	} octets = { .half = { first, second } };

	return le64_to_cpu(octets.word);
}

/**
 * dsm_key_read() - a key from its octets
 * @octets: the key
 *
 * Return: the key.
 */
struct dsm_key dsm_key_read(const u8 octets[DSM_KEY_LEN])
{
	return (struct dsm_key) { { read64(octets), read64(octets + 8) } };
}

/**
 * dsm_code_make() - the code of a label
 * @key: of the node that sends it
 * @epoch: of the key
 * @coded: what the code is made over
 * @code: gets the code
 */
void dsm_code_make(const struct dsm_key *key, u32 epoch,
		   const struct dsm_coded *coded, u8 code[DSM_CODE_LEN])
{
	/* The words that the authors of the hash begin with. */
	struct sip s = {
		key->k[0] ^ 0x736f6d6570736575, key->k[1] ^ 0x646f72616e646f6d,
		key->k[0] ^ 0x6c7967656e657261, key->k[1] ^ 0x7465646279746573,
	};
	__le64 out;

	sip_word(&s, pair(coded->saddr, coded->daddr));
	sip_word(&s, pair(cpu_to_be32(coded->label.sid),
			  cpu_to_be32(coded->label.nid)));
	sip_word(&s, pair(cpu_to_be32(coded->serial), cpu_to_be32(epoch)));
	sip_word(&s, (u64)CODED_LEN << 56 | coded->protocol);
	s.c ^= 0xff;
	sip_round(&s);
	sip_round(&s);
	sip_round(&s);
	sip_round(&s);
	out = cpu_to_le64(s.a ^ s.b ^ s.c ^ s.d);
	memcpy(code, &out, DSM_CODE_LEN);
}

/**
 * dsm_code_same() - are two codes the same?
 * @a: one
 * @b: the other
 *
 * Takes the same time whatever they are.
 *
 * Return: true if they are.
 */
bool dsm_code_same(const u8 a[DSM_CODE_LEN], const u8 b[DSM_CODE_LEN])
{
	u64 x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x == y;
}
