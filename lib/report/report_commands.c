// SPDX-License-Identifier: GPL-2.0
/* report_commands.c - what to type to see a cell again. */
#include "report_part.h"

static bool needs_no_quotes(const char *word)
{
	return *word &&
	       strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    "-_./:=,+@%") == strlen(word);
}

/* Adds a blank and the word, for a POSIX shell. */
static void add_word(struct strbuf *command, const char *word)
{
	strbuf_addc(command, ' ');
	if (needs_no_quotes(word)) {
		strbuf_adds(command, word);
		return;
	}
	strbuf_addc(command, '\'');
	for (; *word; word++)
		if (*word == '\'')
			strbuf_adds(command, "'\\''");
		else
			strbuf_addc(command, *word);
	strbuf_addc(command, '\'');
}

static void add_option(struct strbuf *command, const char *option, const char *value)
{
	strbuf_addf(command, " %s", option);
	add_word(command, value);
}

/* The kernel alone, where `farrier build` can be told to make it; the run's own way otherwise. */
static void add_kernel(const struct matrix_run *run, const struct matrix_cell *cell,
		       struct strvec *commands)
{
	bool series = cell->variant == MATRIX_SERIES;
	STRBUF command = { 0 };

	if (!str_equal(cell->config, "branch") || (run->series && !series)) {
		strbuf_adds(&command, "farrier run");
		add_word(&command, run->matrix);
	} else {
		strbuf_adds(&command, "farrier build");
		add_word(&command, cell->branch);
		if (run->series)
			add_option(&command, "--with", run->series);
		if (run->model)
			add_option(&command, "--model", run->model);
	}
	strvec_push(commands, strbuf_str(&command));
}

static void add_boot(const struct matrix_cell *cell, const struct matrix_build *build,
		     struct strvec *commands)
{
	STRBUF command = { 0 };

	strbuf_adds(&command, "farrier boot");
	add_word(&command, build->key);
	add_option(&command, "--machine", cell->machine);
	strbuf_addf(&command, " --cpus %d", cell->cpus);
	if (cell->seconds)
		strbuf_addf(&command, " --seconds %d", cell->seconds);
	if (cell->cmdline && *cell->cmdline)
		add_option(&command, "--cmdline", cell->cmdline);
	strvec_push(commands, strbuf_str(&command));
}

void report_find_commands(const struct report *report, const struct report_cell *cell,
			  struct strvec *commands)
{
	STRBUF judge = { 0 };

	add_kernel(&report->run, cell->cell, commands);
	if (cell->build && cell->build->key && cell->build->status != MATRIX_BUILD_FAILED)
		add_boot(cell->cell, cell->build, commands);
	if (!cell->evidence.boot)
		return;
	strbuf_adds(&judge, "farrier judge");
	add_word(&judge, cell->evidence.boot->log);
	strvec_push(commands, strbuf_str(&judge));
}
