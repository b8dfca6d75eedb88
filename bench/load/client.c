#include "client.h"

#include "frames.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* The text of every message, a usual line of chat, after the job, the port and the time. */
#define FILLER "The quick brown fox jumps over the lazy dog."

/* With many more, connect(2) searches for a free port for milliseconds. */
enum { CLIENTS_AT_AN_ADDRESS = 5000 };

enum { LONGEST_REQUEST = 2048, READ_AT_ONCE = 1 << 20 };

struct target target;
struct listener listener;

uint64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ull + now.tv_nsec / 1000;
}

/* Buffers */

static void append(struct buffer *buffer, const void *data, size_t length)
{
	buffer->data = realloc(buffer->data, buffer->length + length);
	memcpy(buffer->data + buffer->length, data, length);
	buffer->length += length;
}

static void drop(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){0};
}

/* Opening and closing */

static void watch(struct client *client, int operation, unsigned events)
{
	struct epoll_event event = {.events = events, .data.ptr = client};
	epoll_ctl(target.epoll, operation, client->fd, &event);
}

void client_open(struct client *client, unsigned number, unsigned room, unsigned port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(target.ports[port]),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct sockaddr_in source = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + number / CLIENTS_AT_AN_ADDRESS),
	};
	int on = 1;
	*client = (struct client){
		.number = number, .room = room, .port = port, .stage = CONNECTING};
	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(client->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	bind(client->fd, (struct sockaddr *)&source, sizeof source);
	watch(client, EPOLL_CTL_ADD, EPOLLOUT);
	if (connect(client->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
		client->stage = CONNECTING; /* epoll reports the error */
}

void client_close(struct client *client)
{
	if (client->stage == CLOSED)
		return;
	close(client->fd);
	drop(&client->out);
	client->stage = CLOSED; /* the caller that reads frees `in` */
}

static void fail(struct client *client, const char *reason)
{
	client_close(client);
	listener.closed(client, reason);
}

/* Writing */

static void write_bytes(struct client *client, const void *data, size_t length)
{
	ssize_t sent = client->out.length ? 0 : send(client->fd, data, length, MSG_NOSIGNAL);
	if (sent < 0 && errno != EAGAIN)
		return; /* the next read reports the error */
	if (sent < 0)
		sent = 0;
	if ((size_t)sent < length) {
		append(&client->out, (const char *)data + sent, length - sent);
		watch(client, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
	}
}

static void write_waiting(struct client *client)
{
	struct buffer waiting = client->out;
	client->out = (struct buffer){0};
	watch(client, EPOLL_CTL_MOD, EPOLLIN);
	write_bytes(client, waiting.data, waiting.length);
	free(waiting.data);
}

static void write_text(struct client *client, const char *text, size_t length)
{
	unsigned char frame[LONGEST_REQUEST + MAX_FRAME_HEADER];
	write_bytes(client, frame, frame_write(frame, TEXT, text, length, true));
}

static void write_request(struct client *client, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void write_request(struct client *client, const char *format, ...)
{
	char text[LONGEST_REQUEST];
	va_list values;
	va_start(values, format);
	int length = vsnprintf(text, sizeof text, format, values);
	va_end(values);
	write_text(client, text, length);
}

void client_say(struct client *client, unsigned job, uint64_t now)
{
	static uint64_t said;
	said++;
	write_request(client,
		      "42/rooms,1[\"send\",{\"room\":\"room-%u\",\"text\":\"%04u %u %016llu " FILLER
		      "\",\"client_id\":\"%08x-0000-4000-8000-%012llx\"}]",
		      client->room, job, client->port, (unsigned long long)now, (unsigned)getpid(),
		      (unsigned long long)said);
}

void client_page(struct client *client, const char *before)
{
	write_request(client, "42/rooms,1[\"history\",{\"room\":\"room-%u\",\"before\":\"%s\"}]",
		      client->room, before);
}

/* Reading: in each stage of a connection one kind of packet leads to the next stage. */

static bool starts_with(const char *text, size_t length, const char *start)
{
	return length >= strlen(start) && !memcmp(text, start, strlen(start));
}

static void upgrade(struct client *client)
{
	char request[LONGEST_REQUEST];
	int length = snprintf(request, sizeof request,
			      "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
			      "Host: 127.0.0.1:%u\r\n"
			      "Connection: Upgrade\r\n"
			      "Upgrade: websocket\r\n"
			      "Sec-WebSocket-Version: 13\r\n"
			      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
			      "Cookie: %s\r\n\r\n",
			      target.ports[client->port], target.cookies[client->number]);
	client->stage = UPGRADING;
	watch(client, EPOLL_CTL_MOD, EPOLLIN);
	write_bytes(client, request, length);
}

static void join(struct client *client)
{
	client->stage = JOINING;
	if (target.with_typing)
		write_request(client, "42/typing,0[\"join\",{\"room\":\"room-%u\"}]", client->room);
	write_request(client, "42/rooms,0[\"join\",{\"room\":\"room-%u\"}]", client->room);
}

/* The text of a message begins with the number of its job, the sender's port, and the time in
   microseconds. */
static void on_message(struct client *client, const char *packet, size_t length)
{
	static const char key[] = "\"text\":\"";
	const char *text = memmem(packet, length, key, sizeof key - 1);
	if (text) {
		char *end;
		struct origin origin = {.job = strtoul(text + sizeof key - 1, &end, 10)};
		origin.port = strtoul(end, &end, 10);
		origin.sent_at = strtoull(end, NULL, 10);
		listener.message(client, origin);
	}
}

static void on_event(struct client *client, const char *packet, size_t length)
{
	if (starts_with(packet, length, "42/rooms,[\"message\""))
		on_message(client, packet, length);
	else
		listener.other_event(client);
}

static void on_answer(struct client *client, const char *packet, size_t length)
{
	bool is_ok = memmem(packet, length, "\"ok\":true", 9);
	if (client->stage == READY) {
		listener.answer(client, is_ok, packet, length);
	} else if (client->stage == JOINING && is_ok) {
		client->stage = READY;
		listener.ready(client);
	} else {
		fail(client, packet);
	}
}

static void on_packet(struct client *client, const char *packet, size_t length)
{
	if (starts_with(packet, length, "42"))
		on_event(client, packet, length);
	else if (starts_with(packet, length, "43/rooms,"))
		on_answer(client, packet, length);
	else if (starts_with(packet, length, "43/typing,"))
		listener.other_event(client);
	else if (starts_with(packet, length, "2"))
		write_text(client, "3", 1);
	else if (client->stage == OPENING && starts_with(packet, length, "0")) {
		client->stage = ENTERING;
		write_request(client, "40/rooms,");
	} else if (client->stage == ENTERING && starts_with(packet, length, "40/rooms,")) {
		if (target.with_typing) {
			client->stage = ENTERING_TYPING;
			write_request(client, "40/typing,");
		} else {
			join(client);
		}
	} else if (client->stage == ENTERING_TYPING && starts_with(packet, length, "40/typing,"))
		join(client);
	else
		fail(client, packet);
}

static void on_frame(struct client *client, struct frame *frame)
{
	char *end = frame->payload + frame->length;
	char after = *end;
	*end = 0; /* error messages need a terminated string */
	if (frame->opcode == TEXT && frame->is_final)
		on_packet(client, frame->payload, frame->length);
	else if (frame->opcode == CLOSE)
		fail(client, frame->length > 2 ? frame->payload + 2 : "closed by the server");
	else
		fail(client, "an unexpected kind of frame");
	*end = after;
}

/* Handles the complete frames; returns their size. */
static size_t consume(struct client *client, unsigned char *data, size_t length)
{
	size_t done = 0;
	struct frame frame;
	if (client->stage == UPGRADING) {
		unsigned char *end = memmem(data, length, "\r\n\r\n", 4);
		if (!end)
			return 0;
		if (!memmem(data, end - data, " 101 ", 5)) {
			fail(client, "no WebSocket");
			return length;
		}
		client->stage = OPENING;
		done = end + 4 - data;
	}
	while (client->stage != CLOSED && frame_read(data + done, length - done, &frame)) {
		on_frame(client, &frame);
		done += frame.size;
	}
	return done;
}

/* Handles data in the shared buffer without a copy, unless a frame has begun before. */
static void take(struct client *client, unsigned char *data, size_t length)
{
	if (client->in.length) {
		append(&client->in, data, length);
		append(&client->in, "", 1); /* space for the terminating 0 of on_frame */
		length = client->in.length -= 1;
		data = client->in.data;
	}
	size_t done = consume(client, data, length);
	struct buffer before = client->in;
	client->in = (struct buffer){0};
	if (client->stage != CLOSED && done < length)
		append(&client->in, data + done, length - done);
	drop(&before);
}

static void read_bytes(struct client *client)
{
	static unsigned char shared[READ_AT_ONCE + 1];
	ssize_t length = recv(client->fd, shared, READ_AT_ONCE, 0);
	if (length > 0)
		take(client, shared, length);
	else if (length == 0)
		fail(client, "the server hung up");
	else if (errno != EAGAIN)
		fail(client, strerror(errno));
}

void client_on_epoll(struct client *client, unsigned events)
{
	if (client->stage == CLOSED)
		return;
	if (client->stage == CONNECTING && events & (EPOLLERR | EPOLLHUP))
		fail(client, "can't connect");
	else if (client->stage == CONNECTING)
		upgrade(client);
	else if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		read_bytes(client);
	if (client->stage != CLOSED && client->out.length && events & EPOLLOUT)
		write_waiting(client);
}
