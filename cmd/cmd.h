/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cmd.h - what every verb shares.
 *
 * Adding a verb: write cmd/VERB.c with `cmd_VERB()`, declare it below, add its
 * line to the table in main.c, write cmd/man/farrier-VERB.1.scd, and a test in
 * tests/t/. `make check` compares the table, the man pages and --help.
 *
 * A verb parses its own words with cmd_parse(), does its work through lib/,
 * prints its result on stdout (one JSON document with --json) and returns an
 * error, or NULL with run->exit_code set.
 */
#ifndef FARRIER_CMD_H
#define FARRIER_CMD_H

#include <argp.h>
#include <time.h>

#include "core/store.h"
#include "record/workspace.h"

/* Exit codes beside those of errors (lib/err.h). */
enum {
	EXIT_GOOD = 0,
	EXIT_BAD = 1,
	EXIT_USAGE = 2,
	EXIT_LAB = 3,
	EXIT_INCONCLUSIVE = 4,
};

/* One run of the program: global options in, exit code out. */
struct run {
	const char *folder; /* -C, or NULL */
	bool json;
	bool verbose;
	bool quiet;
	bool color;	 /* on stdout */
	bool git_bisect; /* exit codes as 'git bisect run' reads them; main.c maps them */
	int exit_code;
	time_t started;
};

/* A verb's own options; `input` is what its parser finds in state->input. */
struct cmd_options {
	const struct argp_option *options;
	error_t (*parse)(int key, char *arg, struct argp_state *state);
	const char *args; /* "SERIES [BRANCH]..." */
	const char *doc;  /* one line, then \v and more if wanted */
	void *input;
};

/* Parses a verb's words; the global options are understood there too. Ends the program on --help or
 * misuse. */
void cmd_parse(struct run *run, const struct cmd_options *options, int argc, char **argv);

/* Finds the workspace that -C names, or the one around the current folder. */
ERR_CHECK cmd_workspace(const struct run *run, struct workspace *workspace) MUST_USE;

const struct err *cmd_init(struct run *run, int argc, char **argv);
const struct err *cmd_doctor(struct run *run, int argc, char **argv);
const struct err *cmd_tree(struct run *run, int argc, char **argv);
const struct err *cmd_import(struct run *run, int argc, char **argv);
const struct err *cmd_list(struct run *run, int argc, char **argv);
const struct err *cmd_show(struct run *run, int argc, char **argv);
const struct err *cmd_port(struct run *run, int argc, char **argv);
const struct err *cmd_resolve(struct run *run, int argc, char **argv);
const struct err *cmd_check(struct run *run, int argc, char **argv);
const struct err *cmd_export(struct run *run, int argc, char **argv);
const struct err *cmd_diff(struct run *run, int argc, char **argv);
const struct err *cmd_build(struct run *run, int argc, char **argv);
const struct err *cmd_boot(struct run *run, int argc, char **argv);
const struct err *cmd_judge(struct run *run, int argc, char **argv);
const struct err *cmd_verify(struct run *run, int argc, char **argv);
const struct err *cmd_run(struct run *run, int argc, char **argv);
const struct err *cmd_bisect(struct run *run, int argc, char **argv);
const struct err *cmd_report(struct run *run, int argc, char **argv);
const struct err *cmd_lab(struct run *run, int argc, char **argv);
const struct err *cmd_gc(struct run *run, int argc, char **argv);

#endif
