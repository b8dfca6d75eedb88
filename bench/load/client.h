/* One person's connection to the chat: Socket.IO 5 on Engine.IO 4 on a WebSocket. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stage { CONNECTING, UPGRADING, OPENING, ENTERING, ENTERING_TYPING, JOINING, READY, CLOSED };

struct buffer {
	unsigned char *data;
	size_t length;
};

struct client {
	int fd;
	enum stage stage;
	unsigned number;
	unsigned room;
	unsigned port;	   /* which of the target's */
	unsigned received; /* messages since the job began */
	bool is_back;	   /* it was connected to another port when the job began */
	struct buffer in;  /* the beginning of an incomplete frame */
	struct buffer out; /* data that the socket did not accept yet */
};

enum { MOST_PORTS = 8 };

struct target {
	unsigned short ports[MOST_PORTS]; /* of the processes that serve the chat together */
	unsigned port_count;
	bool with_typing; /* enter the namespace /typing, too */
	bool rooms_apart; /* the people of a room are at one port, not spread over all */
	char **cookies;	  /* one for each client */
	int epoll;
};

/* What the text of a message says of it. */
struct origin {
	unsigned job;
	unsigned port; /* of the sender */
	uint64_t sent_at;
};

/* Callbacks of the clients */
struct listener {
	void (*ready)(struct client *client);
	void (*message)(struct client *client, struct origin origin);
	void (*answer)(struct client *client, bool is_ok, const char *payload, size_t length);
	void (*other_event)(struct client *client);
	void (*closed)(struct client *client, const char *reason);
};

extern struct target target;
extern struct listener listener;

void client_open(struct client *client, unsigned number, unsigned room, unsigned port);
void client_on_epoll(struct client *client, unsigned events);
void client_close(struct client *client);

/* Sends a message to the client's room; the text contains the origin. */
void client_say(struct client *client, unsigned job, uint64_t now);

/* Requests the page of history before a message. */
void client_page(struct client *client, const char *before);

/* Microseconds, monotonic. */
uint64_t now_us(void);
