/* WebSocket frames (RFC 6455, section 5), for unfragmented text messages. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };
enum { MAX_FRAME_HEADER = 14 };

struct frame {
	bool is_final;
	unsigned opcode;
	char *payload; /* unmasked */
	size_t length;
	size_t size; /* header and payload together */
};

/* Reads the frame at the start of `data`; false while it is incomplete. */
bool frame_read(unsigned char *data, size_t available, struct frame *frame);

/* Writes a frame to `out`, as a client (masked) or as a server; returns its size. */
size_t frame_write(unsigned char *out, unsigned opcode, const char *payload, size_t length,
		   bool is_masked);
