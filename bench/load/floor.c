/* The lower bound for fan-out: a server that does one send(2) of the same frame for each delivery, and
   nothing else that could be left out.

     floor PORT

   It accepts any handshake and room; it checks and stores nothing. */
#include "frames.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOMS = 100, LONGEST = 4096, EVENTS_AT_ONCE = 512 };

static struct room {
	int *members; /* descriptors */
	int count;
} rooms[ROOMS];

static void send_to(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void send_to(int fd, const char *format, ...)
{
	char text[LONGEST];
	unsigned char frame[LONGEST + MAX_FRAME_HEADER];
	va_list values;
	va_start(values, format);
	int length = vsnprintf(text, sizeof text, format, values);
	va_end(values);
	send(fd, frame, frame_write(frame, TEXT, text, length, false), MSG_NOSIGNAL);
}

/* The value of a field of a flat JSON object, up to its quote. */
static void field(const char *packet, const char *key, char *value, size_t size)
{
	const char *start = strstr(packet, key);
	start = start ? start + strlen(key) : "";
	size_t length = strcspn(start, "\"");
	snprintf(value, size, "%.*s", (int)length, start);
}

/* The room that a packet names; the names are room-0, room-1 and so on. */
static struct room *room_of(const char *packet, char *name, size_t size)
{
	field(packet, "\"room\":\"", name, size);
	return &rooms[strtoul(name + strcspn(name, "0123456789"), NULL, 10) % ROOMS];
}

static void join(int fd, const char *packet)
{
	char name[64];
	struct room *room = room_of(packet, name, sizeof name);
	room->members = realloc(room->members, (room->count + 1) * sizeof *room->members);
	room->members[room->count++] = fd;
	send_to(fd, "43/rooms,0[{\"ok\":true}]");
}

static void broadcast(int sender, const char *packet)
{
	static const char id[] = "2026-11-22T10:47:12.123456Z.7f3ac21e00";
	char name[64], text[LONGEST / 4], client_id[64], message[LONGEST / 2], event[LONGEST];
	unsigned char frame[LONGEST + MAX_FRAME_HEADER];
	struct room *room = room_of(packet, name, sizeof name);
	field(packet, "\"text\":\"", text, sizeof text);
	field(packet, "\"client_id\":\"", client_id, sizeof client_id);
	snprintf(message, sizeof message,
		 "{\"id\":\"%s\",\"room\":\"%s\",\"user\":{\"id\":\"0000000000000000\",\"name\":"
		 "\"Person 000\"},\"text\":\"%s\",\"sent_at\":\"%.27s\",\"client_id\":\"%s\"}",
		 id, name, text, id, client_id);
	int length = snprintf(event, sizeof event, "42/rooms,[\"message\",%s]", message);
	size_t size = frame_write(frame, TEXT, event, length, false);
	for (int i = 0; i < room->count; i++)
		send(room->members[i], frame, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	send_to(sender, "43/rooms,1[{\"ok\":true,\"message\":%s}]", message);
}

static void on_packet(int fd, const char *packet)
{
	if (strstr(packet, "[\"send\""))
		broadcast(fd, packet);
	else if (strstr(packet, "[\"join\""))
		join(fd, packet);
	else if (!strncmp(packet, "40/rooms", 8))
		send_to(fd, "40/rooms,{\"sid\":\"x\"}");
}

static void upgrade(int fd)
{
	static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
				     "Connection: Upgrade\r\n\r\n";
	send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
	send_to(fd, "0{\"sid\":\"x\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,"
		    "\"maxPayload\":1000000}");
}

static void read_from(int fd)
{
	unsigned char data[LONGEST + 1];
	ssize_t length = recv(fd, data, LONGEST, 0);
	struct frame frame;
	if (length <= 0) {
		close(fd);
		return;
	}
	if (!memcmp(data, "GET ", 4)) {
		upgrade(fd);
		return;
	}
	for (unsigned char *at = data; frame_read(at, data + length - at, &frame); at += frame.size) {
		unsigned char after = at[frame.size];
		at[frame.size] = 0;
		on_packet(fd, frame.payload);
		at[frame.size] = after;
	}
}

static void watch(int epoll, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void take_in(int epoll, int listener)
{
	int on = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	watch(epoll, fd);
}

static int listen_at(unsigned short port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 2048)) {
		perror("floor");
		exit(1);
	}
	return listener;
}

int main(int count, char **arguments)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	if (count != 2) {
		fprintf(stderr, "usage: floor PORT\n");
		return 2;
	}
	int listener = listen_at(atoi(arguments[1]));
	int epoll = epoll_create1(0);
	watch(epoll, listener);
	for (;;) {
		int ready = epoll_wait(epoll, events, EVENTS_AT_ONCE, -1);
		for (int i = 0; i < ready; i++) {
			if (events[i].data.fd == listener)
				take_in(epoll, listener);
			else
				read_from(events[i].data.fd);
		}
	}
}
