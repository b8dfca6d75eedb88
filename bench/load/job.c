#include "job.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

enum { EVENTS_AT_ONCE = 512 };

#define JOB_ENDS_AFTER 60000000ull /* microseconds: the timeout of a job */
#define LAST_ANSWERS_WITHIN 4000000ull /* microseconds after the last message was due */

struct job job;
struct client *clients;
unsigned opened, rooms;
static unsigned *sent_to; /* by room: messages of this job */

void (*next_request)(struct client *client);

/* Callbacks of the clients */

void note_error(const char *text, size_t length)
{
	if (job.error[0])
		return;
	for (size_t i = 0; i < length && i < sizeof job.error - 1; i++)
		job.error[i] = isprint((unsigned char)text[i]) ? text[i] : ' ';
}

void on_ready(struct client *client)
{
	(void)client;
	job.ready++;
}

static void on_message(struct client *client, struct origin origin)
{
	if (origin.job != job.number || client->is_back)
		return;
	uint64_t took = now_us() - origin.sent_at;
	client->received++;
	job.delivered++;
	histogram_add(&job.deliveries, took);
	histogram_add(origin.port == client->port ? &job.stayed : &job.crossed, took);
}

static void on_answer(struct client *client, bool is_ok, const char *payload, size_t length)
{
	if (is_ok)
		job.acknowledged++;
	else
		job.refused++, note_error(payload, length);
	if (next_request)
		next_request(client);
}

static void on_other_event(struct client *client)
{
	job.others[client->port]++;
}

void on_closed(struct client *client, const char *reason)
{
	(void)client;
	job.closed++;
	note_error(reason, strlen(reason));
}

void prepare(unsigned count, unsigned room_count)
{
	clients = calloc(count, sizeof *clients);
	rooms = room_count;
	sent_to = calloc(rooms, sizeof *sent_to);
	target.epoll = epoll_create1(EPOLL_CLOEXEC);
	listener = (struct listener){on_ready, on_message, on_answer, on_other_event, on_closed};
}

/* Running a job */

static double cpu_seconds(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

void begin(void)
{
	unsigned number = job.number + 1;
	memset(&job, 0, sizeof job);
	job.number = number;
	job.began = now_us();
	job.cpu_began = cpu_seconds();
	next_request = NULL;
	memset(sent_to, 0, rooms * sizeof *sent_to);
	for (unsigned i = 0; i < opened; i++)
		clients[i].received = 0, clients[i].is_back = false;
}

bool is_over(void)
{
	return now_us() - job.began > JOB_ENDS_AFTER;
}

void turn(uint64_t until)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	uint64_t now = now_us();
	uint64_t left = until > now ? until - now : 0;
	struct timespec timeout = {left / 1000000, left % 1000000 * 1000};
	int count = epoll_pwait2(target.epoll, events, EVENTS_AT_ONCE, &timeout, NULL);
	for (int i = 0; i < count; i++)
		client_on_epoll(events[i].data.ptr, events[i].events);
}

void say(struct client *client, uint64_t due)
{
	job.sent++;
	sent_to[client->room]++;
	client_say(client, job.number, due);
}

static bool gets_all(const struct client *client)
{
	return client->stage == READY && !client->is_back;
}

static uint64_t expected(void)
{
	uint64_t sum = 0;
	for (unsigned i = 0; i < opened; i++)
		sum += gets_all(&clients[i]) ? sent_to[clients[i].room] : 0;
	return sum;
}

/* The number of wrong deliveries: missing and surplus ones add up, and don't cancel out. */
static uint64_t wrong(void)
{
	uint64_t sum = 0;
	for (unsigned i = 0; i < opened; i++)
		if (gets_all(&clients[i]))
			sum += llabs((long long)sent_to[clients[i].room] - clients[i].received);
	return sum;
}

void await_the_last(void)
{
	uint64_t deadline = now_us() + LAST_ANSWERS_WITHIN;
	while ((job.acknowledged < job.sent || job.delivered < expected()) && now_us() < deadline)
		turn(now_us() + 10000);
}

static void print_latency(const char *name, const struct histogram *histogram)
{
	printf("\"%sp50_ms\": %.3f, \"%sp99_ms\": %.3f, \"%smax_ms\": %.3f, ", name,
	       histogram_quantile(histogram, 0.5) / 1e3, name,
	       histogram_quantile(histogram, 0.99) / 1e3, name, histogram->largest / 1e3);
}

void finish(void)
{
	double seconds = (now_us() - job.began) / 1e6;
	printf("{\"seconds\": %.6f, \"busy\": %.3f, \"invited\": %u, \"ready\": %u, \"closed\": %u, \"sent\": %u, "
	       "\"acknowledged\": %u, \"refused\": %u, \"delivered\": %llu, \"wrong\": %llu, "
	       "\"late_ms\": %.3f, \"away\": %.6f, \"crossed\": %llu, ",
	       seconds, (cpu_seconds() - job.cpu_began) / seconds, job.invited, job.ready, job.closed, job.sent,
	       job.acknowledged, job.refused, (unsigned long long)job.delivered,
	       (unsigned long long)wrong(), job.late / 1e3, job.away / 1e6,
	       (unsigned long long)job.crossed.count);
	for (unsigned port = 0; port < target.port_count; port++)
		printf(port ? ", %llu" : "\"others\": [%llu", (unsigned long long)job.others[port]);
	printf("], ");
	print_latency("", &job.deliveries);
	print_latency("stayed_", &job.stayed);
	print_latency("crossed_", &job.crossed);
	printf("\"error\": \"");
	for (const char *at = job.error; *at; at++)
		printf(*at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
	printf("\"}\n");
	fflush(stdout);
}
