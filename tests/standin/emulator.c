// SPDX-License-Identifier: GPL-2.0
/*
 * Plays the kernels of tests/standin/qemu, where there are very many: it starts in a tenth of
 * perl's time. It knows the directives of the toy world: say, guest, with, without, wait, off.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *kernel, *words = "", *cpus = "1";
static int qmp = -1;

static void tell(const char *json)
{
	dprintf(qmp, "%s\r\n", json);
}

static bool has_word(const char *word, size_t length)
{
	for (const char *at = words; *at; at += strcspn(at, " ")) {
		at += strspn(at, " ");
		if (strcspn(at, " ") == length && strncmp(at, word, length) == 0)
			return true;
	}
	return false;
}

/* The text behind `directive` and a space, or NULL. */
static const char *after(const char *line, const char *directive)
{
	size_t length = strlen(directive);

	return strncmp(line, directive, length) == 0 && line[length] == ' ' ? line + length + 1
									    : NULL;
}

static void say_guest(void)
{
	const char *seconds = strstr(words, "farrier.seconds=");

	printf("# farrier: guest 1 test=storm seconds=%d cpus=%s threads=4\r\n",
	       seconds ? atoi(seconds + strlen("farrier.seconds=")) : 0, cpus);
}

static void play(const char *line)
{
	const char *rest;

	for (int with = 0; with < 2; with++) {
		rest = after(line, with ? "with" : "without");
		if (rest && has_word(rest, strcspn(rest, " ")) == (with == 1))
			return play(rest + strcspn(rest, " ") + 1);
		if (rest)
			return;
	}
	if ((rest = after(line, "say"))) {
		printf("%s\r\n", rest);
	} else if ((rest = after(line, "wait"))) {
		fflush(stdout);
		usleep((useconds_t)(atof(rest) * 1e6));
	} else if (strcmp(line, "guest") == 0) {
		say_guest();
	} else if (strcmp(line, "off") == 0) {
		fflush(stdout);
		tell("{\"event\": \"SHUTDOWN\", \"data\": "
		     "{\"guest\": true, \"reason\": \"guest-shutdown\"}}");
		exit(0);
	} else if (*line) {
		fprintf(stderr, "stand-in: no directive '%s'\n", line);
		exit(1);
	}
}

static void read_option(const char *option, const char *value)
{
	if (strcmp(option, "-kernel") == 0)
		kernel = value;
	else if (strcmp(option, "-append") == 0)
		words = value;
	else if (strcmp(option, "-smp") == 0)
		cpus = value;
	else if (strcmp(option, "-chardev") == 0)
		sscanf(value, "socket,id=qmp,fd=%d", &qmp);
}

int main(int argc, char **argv)
{
	char line[4096];
	FILE *script;

	if (argc > 1 && strcmp(argv[1], "--version") == 0)
		return puts("stand-in 1") < 0;
	for (int i = 1; i + 1 < argc; i++)
		read_option(argv[i], argv[i + 1]);
	script = kernel ? fopen(kernel, "re") : NULL;
	if (!script || qmp < 0) {
		fprintf(stderr, "stand-in: no kernel, or no QMP descriptor\n");
		return 1;
	}
	tell("{\"QMP\": {\"version\": {}, \"capabilities\": []}}");
	while (fgets(line, sizeof(line), script)) {
		line[strcspn(line, "\n")] = '\0';
		play(line);
	}
	return 0;
}
