#include "jobs.h"

#include "job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_ID = 64 };

/* Those who follow each other are at different ports, so that all have something to do all the time. */
static unsigned port_of(unsigned number)
{
	unsigned room = number % rooms, seat = number / rooms;
	return (target.rooms_apart ? room : room + seat) % target.port_count;
}

void job_connect(unsigned count, unsigned in_flight)
{
	begin();
	job.invited = count;
	unsigned first = opened;
	while (job.ready + job.closed < count && !is_over()) {
		while (opened - first < count && opened - first - job.ready - job.closed < in_flight) {
			client_open(&clients[opened], opened, opened % rooms, port_of(opened));
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
				client_open(client, opened + i, 0, 0);
				begun++;
			}
		}
		turn(now_us() + 100000);
	}
	listener.ready = on_ready;
	finish();
}

static unsigned senders; /* those of this job so far, and those who were passed over */

static struct client *next_sender(bool at_first_port)
{
	struct client *client = &clients[senders++ % opened];
	while (at_first_port && (client->port || client->is_back))
		client = &clients[senders++ % opened];
	return client;
}

/* Says what is due, or waits until then; false if the one whose turn it is can't. */
static bool say_when_due(uint64_t since, double rate, bool at_first_port)
{
	uint64_t due = since + job.sent * 1e6 / rate, now = now_us();
	if (due > now) {
		turn(due);
		return true;
	}
	if (now - due > job.late)
		job.late = now - due;
	struct client *client = next_sender(at_first_port);
	if (client->stage != READY)
		return false; /* the report counts it as closed */
	say(client, due);
	turn(0);
	return true;
}

void job_send(double rate, double seconds, bool at_first_port)
{
	begin();
	senders = 0;
	unsigned count = rate * seconds;
	while (job.sent < count && !is_over() && say_when_due(job.began, rate, at_first_port))
		;
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

static uint64_t *back_at; /* when those come back who lost their connection; 0 for all others */
static uint64_t spread_us;

static unsigned people_at(unsigned port)
{
	unsigned count = 0;
	for (unsigned i = 0; i < opened; i++)
		count += clients[i].port == port;
	return count;
}

static void come_back_later(struct client *client, const char *reason)
{
	if (!job.invited)
		job.invited = people_at(client->port);
	if (back_at[client->number])
		on_closed(client, reason); /* an attempt failed */
	back_at[client->number] = now_us() + random() % (spread_us + 1);
}

static void come_back_when_due(void)
{
	static uint64_t looked_at;
	uint64_t now = now_us();
	if (now < looked_at + 1000) /* a look at everybody takes a while */
		return;
	looked_at = now;
	for (unsigned i = 0; i < opened; i++)
		if (clients[i].stage == CLOSED && back_at[i] <= now) {
			client_open(&clients[i], i, clients[i].room, 0);
			clients[i].is_back = true;
		}
}

void job_come_back(double rate, double spread)
{
	begin();
	senders = 0;
	spread_us = spread * 1e6;
	back_at = calloc(opened, sizeof *back_at);
	listener.closed = come_back_later;
	while (!job.invited && !is_over())
		turn(now_us() + 100000);
	uint64_t lost_at = now_us();
	while (job.ready < job.invited && !is_over() && say_when_due(lost_at, rate, true))
		come_back_when_due();
	job.away = now_us() - lost_at;
	listener.closed = on_closed;
	await_the_last();
	free(back_at);
	finish();
}
