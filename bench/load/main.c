/* The load generator: connects people to a chat and runs the jobs that it reads from stdin.

     load PORTS COOKIES ROOMS [typing] [apart]

   PORTS are those of the processes that serve the chat together, with commas. COOKIES is a file with
   the Cookie header of one person per line; the people are spread over ROOMS rooms, room-0 and so on.
   The people of each room are spread over the ports; with `apart` they are at one port. Each line of
   stdin is a job; see jobs.h. */
#include "client.h"
#include "job.h"
#include "jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_LINE = 4096 };

static unsigned read_cookies(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[LONGEST_LINE];
	unsigned count = 0;
	if (!file) {
		perror(path);
		exit(1);
	}
	while (fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = 0;
		target.cookies = realloc(target.cookies, (count + 1) * sizeof *target.cookies);
		target.cookies[count++] = strdup(line);
	}
	fclose(file);
	return count;
}

static void read_ports(char *list)
{
	for (char *port = strtok(list, ","); port && target.port_count < MOST_PORTS;
	     port = strtok(NULL, ","))
		target.ports[target.port_count++] = atoi(port);
}

static void read_option(const char *option)
{
	target.with_typing |= !strcmp(option, "typing");
	target.rooms_apart |= !strcmp(option, "apart");
}

static void run(const char *line)
{
	unsigned count, other;
	double rate, seconds;
	char path[LONGEST_LINE];
	if (sscanf(line, "connect %u %u", &count, &other) == 2)
		job_connect(count, other);
	else if (sscanf(line, "visit %u %u", &count, &other) == 2)
		job_visit(count, other);
	else if (sscanf(line, "send %lf %lf", &rate, &seconds) == 2)
		job_send(rate, seconds, false);
	else if (sscanf(line, "send-at-first %lf %lf", &rate, &seconds) == 2)
		job_send(rate, seconds, true);
	else if (sscanf(line, "come-back %lf %lf", &rate, &seconds) == 2)
		job_come_back(rate, seconds);
	else if (sscanf(line, "post %u %u", &other, &count) == 2)
		job_post(other, count);
	else if (sscanf(line, "pages %u %u %s", &count, &other, path) == 3)
		job_pages(count, other, path);
	else if (sscanf(line, "idle %lf", &seconds) == 1)
		job_idle(seconds);
	else
		fprintf(stderr, "load: no such job: %s", line);
}

int main(int count, char **arguments)
{
	char line[LONGEST_LINE];
	if (count < 4) {
		fprintf(stderr, "usage: load PORTS COOKIES ROOMS [typing] [apart]\n");
		return 2;
	}
	read_ports(arguments[1]);
	for (int i = 4; i < count; i++)
		read_option(arguments[i]);
	prepare(read_cookies(arguments[2]), atoi(arguments[3]));
	while (fgets(line, sizeof line, stdin))
		run(line);
	return 0;
}
