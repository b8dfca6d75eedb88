/* The load generator: connects people to a chat and runs the jobs that it reads from stdin.

     load PORT COOKIES ROOMS [typing]

   COOKIES is a file with the Cookie header of one person per line; the people are spread over
   ROOMS rooms, room-0 and so on. Each line of stdin is a job; see jobs.h. */
#include "client.h"
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
		job_send(rate, seconds);
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
		fprintf(stderr, "usage: load PORT COOKIES ROOMS [typing]\n");
		return 2;
	}
	target.port = atoi(arguments[1]);
	target.with_typing = count > 4;
	jobs_begin(read_cookies(arguments[2]), atoi(arguments[3]));
	while (fgets(line, sizeof line, stdin))
		run(line);
	return 0;
}
