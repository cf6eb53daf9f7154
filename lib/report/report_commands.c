// SPDX-License-Identifier: GPL-2.0
/*
 * report_commands.c - what to type to see a cell again.
 *
 * The record has a boot's whole command line, `farrier boot` wants what stands behind the
 * machine's: the words of the branch, the model and the series. They are read from the workspace
 * and must be in the record's line, for somebody may have changed them since; a command that does
 * something else is worse than none.
 */
#include "record/series.h"
#include "record/target.h"
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

static void add_part(struct strbuf *words, const char *part)
{
	if (*part)
		strbuf_addf(words, "%s%s", words->len ? " " : "", part);
}

static ERR_CHECK add_series_words(const struct workspace *workspace, const char *name,
				  struct strbuf *words)
{
	SERIES series = { 0 };

	TRY(series_open(workspace, name, &series));
	add_part(words, series.cmdline);
	return NULL;
}

static ERR_CHECK read_words(const struct report *report, const struct matrix_cell *cell,
			    struct strbuf *words)
{
	const struct matrix_run *run = &report->run;
	BRANCH branch = { 0 };

	TRY(target_read_branch(report->workspace, cell->branch, &branch));
	add_part(words, branch.cmdline);
	if (run->model && cell->model == MATRIX_MODEL_ON)
		TRY(add_series_words(report->workspace, run->model, words));
	if (run->series && cell->variant == MATRIX_SERIES)
		TRY(add_series_words(report->workspace, run->series, words));
	return NULL;
}

/* False when the words behind the machine's own are not what the cell was booted with. */
static bool find_words(const struct report *report, const struct matrix_cell *cell,
		       struct strbuf *words)
{
	const struct err *err = read_words(report, cell, words);
	bool known = !err && cell->cmdline && strstr(cell->cmdline, strbuf_str(words));

	err_free(err);
	return known;
}

static void add_boot(const struct report *report, const struct matrix_cell *cell,
		     const struct matrix_build *build, struct strvec *commands)
{
	STRBUF command = { 0 };
	STRBUF words = { 0 };

	if (!find_words(report, cell, &words))
		return;
	strbuf_adds(&command, "farrier boot");
	add_word(&command, build->key);
	add_option(&command, "--machine", cell->machine);
	strbuf_addf(&command, " --cpus %d", cell->cpus);
	if (cell->seconds)
		strbuf_addf(&command, " --seconds %d", cell->seconds);
	if (words.len)
		add_option(&command, "--cmdline", words.buf);
	strvec_push(commands, strbuf_str(&command));
}

void report_find_commands(const struct report *report, const struct report_cell *cell,
			  struct strvec *commands)
{
	STRBUF judge = { 0 };

	add_kernel(&report->run, cell->cell, commands);
	if (cell->build && cell->build->key && cell->build->status != MATRIX_BUILD_FAILED)
		add_boot(report, cell->cell, cell->build, commands);
	if (!cell->evidence.boot)
		return;
	strbuf_adds(&judge, "farrier judge");
	add_word(&judge, cell->evidence.boot->log);
	strvec_push(commands, strbuf_str(&judge));
}
