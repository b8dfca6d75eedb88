#include "frames.h"

#include <stdlib.h>
#include <string.h>

static void mask(unsigned char *data, size_t length, const unsigned char key[4])
{
	for (size_t i = 0; i < length; i++)
		data[i] ^= key[i & 3];
}

static uint64_t big_endian(const unsigned char *bytes, int count)
{
	uint64_t value = 0;
	for (int i = 0; i < count; i++)
		value = value << 8 | bytes[i];
	return value;
}

bool frame_read(unsigned char *data, size_t available, struct frame *frame)
{
	if (available < 2)
		return false;
	bool is_masked = data[1] & 0x80;
	uint64_t length = data[1] & 0x7f;
	int extended = length == 126 ? 2 : length == 127 ? 8 : 0;
	size_t header = 2 + extended + (is_masked ? 4 : 0);
	if (available < header)
		return false;
	if (extended)
		length = big_endian(data + 2, extended);
	if (available - header < length)
		return false;
	if (is_masked)
		mask(data + header, length, data + header - 4);
	*frame = (struct frame){
		.is_final = data[0] & 0x80,
		.opcode = data[0] & 0x0f,
		.payload = (char *)data + header,
		.length = length,
		.size = header + length,
	};
	return true;
}

size_t frame_write(unsigned char *out, unsigned opcode, const char *payload, size_t length,
		   bool is_masked)
{
	unsigned char *at = out;
	*at++ = 0x80 | opcode;
	int extended = length < 126 ? 0 : length < 65536 ? 2 : 8;
	*at++ = (is_masked ? 0x80 : 0) | (extended == 0 ? length : extended == 2 ? 126 : 127);
	for (int shift = 8 * (extended - 1); shift >= 0; shift -= 8)
		*at++ = length >> shift;
	if (is_masked) {
		uint32_t key = (uint32_t)random();
		memcpy(at, &key, 4);
		at += 4;
	}
	memcpy(at, payload, length);
	if (is_masked)
		mask(at, length, at - 4);
	return at + length - out;
}
