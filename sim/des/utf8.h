/*
 * utf8.h - is this byte the start of a whole character?
 *
 * SOURCE  RFC 3629: no overlong forms, no surrogates, nothing over U+10FFFF.
 * TESTS   sim/test/check_trace.c
 */
#ifndef DES_UTF8_H
#define DES_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the character that text starts with, 1 to 4; 0 if it is none. */
static inline size_t utf8_size(const char *text)
{
	const unsigned char *t = (const unsigned char *)text;
	size_t size = t[0] < 0x80 ? 1 : t[0] < 0xe0 ? 2 : t[0] < 0xf0 ? 3 : 4;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t code = size == 1 ? t[0] : t[0] & (0x7fu >> size);

	if ((t[0] >= 0x80 && t[0] < 0xc2) || t[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < size; i++) {
		if ((t[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (t[i] & 0x3f);
	}
	if (code < least[size] || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000))
		return 0;
	return size;
}

#endif
