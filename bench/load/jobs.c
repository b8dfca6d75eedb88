#include "jobs.h"

#include "client.h"
#include "histogram.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

enum { EVENTS_AT_ONCE = 512, LONGEST_ID = 64 };

#define JOB_ENDS_AFTER 60000000ull /* microseconds: the timeout of a job */
#define LAST_ANSWERS_WITHIN 4000000ull /* microseconds after the last message was due */

static struct client *clients;
static unsigned opened, rooms;
static unsigned *sent_to; /* by room: messages of this job */

/* The counts of a job */
static struct {
	unsigned number;
	uint64_t began;
	double cpu_began;
	unsigned invited, ready, closed, sent, acknowledged, refused;
	uint64_t delivered, others, late;
	struct histogram deliveries, answers;
	char error[160];
} job;

static void (*next_request)(struct client *client); /* called after an answer, if a job sets it */

/* Callbacks of the clients */

static void note_error(const char *text, size_t length)
{
	if (job.error[0])
		return;
	for (size_t i = 0; i < length && i < sizeof job.error - 1; i++)
		job.error[i] = isprint((unsigned char)text[i]) ? text[i] : ' ';
}

static void on_ready(struct client *client)
{
	(void)client;
	job.ready++;
}

static void on_message(struct client *client, unsigned number, uint64_t sent_at)
{
	if (number != job.number)
		return;
	client->received++;
	job.delivered++;
	histogram_add(&job.deliveries, now_us() - sent_at);
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
	(void)client;
	job.others++;
}

static void on_closed(struct client *client, const char *reason)
{
	(void)client;
	job.closed++;
	note_error(reason, strlen(reason));
}

void jobs_begin(unsigned count, unsigned room_count)
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

static void begin(void)
{
	unsigned number = job.number + 1;
	memset(&job, 0, sizeof job);
	job.number = number;
	job.began = now_us();
	job.cpu_began = cpu_seconds();
	next_request = NULL;
	memset(sent_to, 0, rooms * sizeof *sent_to);
	for (unsigned i = 0; i < opened; i++)
		clients[i].received = 0;
}

static bool is_over(void)
{
	return now_us() - job.began > JOB_ENDS_AFTER;
}

/* Waits for events until that time at most, and handles them. */
static void turn(uint64_t until)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	uint64_t now = now_us();
	uint64_t left = until > now ? until - now : 0;
	struct timespec timeout = {left / 1000000, left % 1000000 * 1000};
	int count = epoll_pwait2(target.epoll, events, EVENTS_AT_ONCE, &timeout, NULL);
	for (int i = 0; i < count; i++)
		client_on_epoll(events[i].data.ptr, events[i].events);
}

static void say(struct client *client, uint64_t due)
{
	job.sent++;
	sent_to[client->room]++;
	client_say(client, job.number, due);
}

static uint64_t expected(void)
{
	uint64_t sum = 0;
	for (unsigned i = 0; i < opened; i++)
		sum += clients[i].stage == READY ? sent_to[clients[i].room] : 0;
	return sum;
}

/* The number of wrong deliveries: missing and surplus ones add up, and don't cancel out. */
static uint64_t wrong(void)
{
	uint64_t sum = 0;
	for (unsigned i = 0; i < opened; i++)
		if (clients[i].stage == READY)
			sum += llabs((long long)sent_to[clients[i].room] - clients[i].received);
	return sum;
}

static void await_the_last(void)
{
	uint64_t deadline = now_us() + LAST_ANSWERS_WITHIN;
	while ((job.acknowledged < job.sent || job.delivered < expected()) && now_us() < deadline)
		turn(now_us() + 10000);
}

static void finish(void)
{
	double seconds = (now_us() - job.began) / 1e6;
	printf("{\"seconds\": %.6f, \"busy\": %.3f, \"invited\": %u, \"ready\": %u, \"closed\": %u, \"sent\": %u, "
	       "\"acknowledged\": %u, \"refused\": %u, \"delivered\": %llu, \"wrong\": %llu, "
	       "\"others\": %llu, \"late_ms\": %.3f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, "
	       "\"max_ms\": %.3f, \"error\": \"",
	       seconds, (cpu_seconds() - job.cpu_began) / seconds, job.invited, job.ready, job.closed, job.sent,
	       job.acknowledged, job.refused, (unsigned long long)job.delivered,
	       (unsigned long long)wrong(), (unsigned long long)job.others, job.late / 1e3,
	       histogram_quantile(&job.deliveries, 0.5) / 1e3,
	       histogram_quantile(&job.deliveries, 0.99) / 1e3, job.deliveries.largest / 1e3);
	for (const char *at = job.error; *at; at++)
		printf(*at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
	printf("\"}\n");
	fflush(stdout);
}

/* The jobs */

void job_connect(unsigned count, unsigned in_flight)
{
	begin();
	job.invited = count;
	unsigned first = opened;
	while (job.ready + job.closed < count && !is_over()) {
		while (opened - first < count && opened - first - job.ready - job.closed < in_flight) {
			client_open(&clients[opened], opened, opened % rooms);
			opened++;
		}
		turn(now_us() + 100000);
	}
	finish();
}

static void leave(struct client *client)
{
	job.ready++;
	client_close(client);
}

void job_visit(unsigned count, unsigned in_flight)
{
	begin();
	job.invited = count;
	listener.ready = leave;
	unsigned begun = 0;
	while (job.ready + job.closed < count && !is_over()) {
		for (unsigned i = 0; i < in_flight && begun < count; i++) {
			struct client *client = &clients[opened + i];
			if (begun < in_flight || client->stage == CLOSED) {
				client_open(client, opened + i, 0);
				begun++;
			}
		}
		turn(now_us() + 100000);
	}
	listener.ready = on_ready;
	finish();
}

void job_send(double rate, double seconds)
{
	begin();
	unsigned count = rate * seconds;
	uint64_t due = job.began;
	while (job.sent < count && !is_over()) {
		uint64_t now = now_us();
		if (due > now) {
			turn(due);
			continue;
		}
		if (now - due > job.late)
			job.late = now - due;
		struct client *client = &clients[job.sent % opened];
		if (client->stage == READY)
			say(client, due);
		else
			break; /* the report counts it as closed */
		due = job.began + job.sent * 1e6 / rate;
		turn(0);
	}
	await_the_last();
	finish();
}

static unsigned requests_left;

static void say_next(struct client *client)
{
	if (!requests_left)
		return;
	requests_left--;
	say(client, now_us());
}

static void run_requests(void)
{
	unsigned count = requests_left + job.sent;
	while (job.acknowledged + job.refused < count && !job.closed && !is_over())
		turn(now_us() + 100000);
	await_the_last();
}

void job_post(unsigned senders, unsigned count)
{
	begin();
	next_request = say_next;
	requests_left = count;
	for (unsigned i = 0; i < senders; i++)
		say_next(&clients[i]);
	run_requests();
	finish();
}

static char (*ids)[LONGEST_ID];
static unsigned id_count;

static void read_ids(const char *path)
{
	FILE *file = fopen(path, "r");
	id_count = 0;
	ids = realloc(ids, sizeof *ids * 10000);
	while (file && id_count < 10000 && fscanf(file, "%63s", ids[id_count]) == 1)
		id_count++;
	if (file)
		fclose(file);
}

static void page_next(struct client *client)
{
	if (!requests_left)
		return;
	requests_left--;
	client_page(client, ids[job.sent++ % id_count]);
}

void job_pages(unsigned count, unsigned in_flight, const char *path)
{
	read_ids(path);
	begin();
	next_request = page_next;
	requests_left = count;
	for (unsigned i = 0; i < in_flight; i++)
		page_next(&clients[i]);
	run_requests();
	finish();
}

void job_idle(double seconds)
{
	begin();
	uint64_t end = now_us() + seconds * 1e6;
	while (now_us() < end)
		turn(end);
	finish();
}
