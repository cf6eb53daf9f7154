// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

#include "base/interrupt.h"
#include "core/file.h"
#include "core/proc.h"
#include "editor.h"

#define MOST_TEXT ((size_t)1 << 20)

extern char **environ;

bool editor_can_run(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* GIT_EDITOR, core.editor, VISUAL, EDITOR: git knows the order. */
static ERR_CHECK find_editor(struct strbuf *editor)
{
	const char *argv[] = { "git", "var", "GIT_EDITOR", NULL };

	TRY(err_hint(proc_run_ok(&(struct proc_spec){ .argv = argv },
				 &(struct proc_io){ .out = editor }),
		     "set GIT_EDITOR, or give the note with -m"));
	strbuf_trim(editor);
	return NULL;
}

/*
 * Not by proc_run(), whose programs have no terminal: an editor shares farrier's, and what
 * Ctrl-C means is its own matter meanwhile.
 */
static ERR_CHECK wait_for_editor(char *const *argv)
{
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int result, status = 0;
	pid_t pid;

	sigemptyset(&defaults);
	sigaddset(&defaults, SIGINT);
	sigaddset(&defaults, SIGQUIT);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	result = posix_spawnp(&pid, argv[0], NULL, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	while (result == 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	signal(SIGQUIT, SIG_DFL);
	interrupt_catch();
	errno = result;
	if (result)
		return err_hint(err_errno("cannot run the editor '%s'", argv[0]),
				"set GIT_EDITOR, or give the note with -m");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return err_input("the editor '%s' failed: nothing was recorded", argv[0]);
	return NULL;
}

/* The setting's words, without a shell. */
static ERR_CHECK start_editor(const char *editor, const char *path)
{
	STRVEC argv = { 0 };
	wordexp_t words;

	if (wordexp(editor, &words, WRDE_NOCMD) != 0)
		return err_hint(
			err_input("the editor '%s' is more than a program and its words", editor),
			"put it into a script, or give the note with -m");
	for (size_t i = 0; i < words.we_wordc; i++)
		strvec_push(&argv, words.we_wordv[i]);
	wordfree(&words);
	if (!argv.count)
		return err_input("no editor is set");
	strvec_push(&argv, path);
	return wait_for_editor(argv.items);
}

static void drop_comments(const struct strbuf *from, struct strbuf *to)
{
	for (const char *line = strbuf_str(from); *line;) {
		size_t length = strcspn(line, "\n");

		length += line[length] == '\n';
		if (*line != '#')
			strbuf_add(to, line, length);
		line += length;
	}
	strbuf_trim(to);
}

ERR_CHECK editor_run(const char *path, struct strbuf *text)
{
	const struct err *err;
	STRBUF editor = { 0 };
	STRBUF edited = { 0 };

	TRY(find_editor(&editor));
	TRY(file_write(path, strbuf_str(text), text->len));
	err = start_editor(strbuf_str(&editor), path);
	if (!err)
		err = file_read(path, MOST_TEXT, &edited);
	err_free(file_remove(path));
	TRY(err);
	strbuf_reset(text);
	drop_comments(&edited, text);
	return NULL;
}
