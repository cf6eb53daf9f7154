// SPDX-License-Identifier: GPL-2.0
/* A lab's log, line by line, and templates of jobs. */
#include <pthread.h>
#include <unistd.h>

#include "unit.h"
#include "base/strbuf.h"
#include "core/file.h"

#include "lab/lab_artifact.h"
#include "lab/lab_log.h"
#include "lab/lab_template.h"

static struct lab_entry read_line(const char *line)
{
	struct lab_entry entry;

	lab_read_entry(line, strlen(line), &entry);
	return entry;
}

static void assert_console(const char *line, const char *text, size_t length)
{
	LAB_ENTRY entry = read_line(line);

	assert_int_equal(entry.level, LAB_CONSOLE);
	assert_int_equal(entry.length, length);
	assert_memory_equal(entry.text, text, length);
}

static void test_what_the_device_printed(void **state)
{
	LAB_ENTRY entry = read_line(
		"- {\"dt\": \"2026-11-22T12:46:17.312076\", \"lvl\": \"target\", "
		"\"msg\": \"[    0.000000] Linux version\"}");

	(void)state;
	assert_int_equal(entry.level, LAB_CONSOLE);
	assert_string_equal(entry.text, "[    0.000000] Linux version");
	assert_true(entry.at > 1795351577.31 && entry.at < 1795351577.32);
	assert_console("- {\"dt\": \"x\", \"lvl\": \"feedback\", \"msg\": \"poweroff\"}",
		       "poweroff", 8);
}

/* YAML's escapes and tags, which are not JSON's. */
static void test_strings_are_those_of_yaml(void **state)
{
	(void)state;
	assert_console("- {\"lvl\": \"target\", \"msg\": \"a\\eb\\0c\\xE9\\U0001F600\\_\"}",
		       "a\033b\0c\xc3\xa9\xf0\x9f\x98\x80\xc2\xa0", 13);
	assert_console("- {\"lvl\": \"target\", \"msg\": ! \"372380\"}", "372380", 6);
	assert_console("- {\"lvl\": \"target\", \"msg\": !!int \"5\"}", "5", 1);
	assert_console("- {lvl: target, msg: plain words}", "plain words", 11);
	assert_console("- {'lvl': 'target', 'msg': 'it''s'}", "it's", 4);
}

static void test_results_are_mappings(void **state)
{
	LAB_ENTRY entry = read_line(
		"- {\"dt\": \"2026-11-22T12:46:31\", \"lvl\": \"results\", \"msg\": {\"case\": "
		"\"job\", "
		"\"definition\": \"lava\", \"result\": \"fail\", \"error_type\": \"Test\"}}");
	LAB_ENTRY list = read_line("- {\"lvl\": \"info\", \"msg\": [\"a\", \"b\"]}");

	(void)state;
	assert_int_equal(entry.level, LAB_RESULTS);
	assert_string_equal(store_get_string(entry.value, "error_type", ""), "Test");
	assert_int_equal(list.level, LAB_TALK);
	assert_int_equal(json_array_size(list.value), 2);
	assert_string_equal(list.text, "");
}

static void test_what_is_no_entry_is_counted(void **state)
{
	static const char *const lines[] = {
		"",
		"- {\"lvl\": \"info\", \"msg\": \"cut off",
		"nonsense",
		"<h1>Server Error</h1>",
		"- {\"lvl\": \"info\"}",
		"- [1, 2]",
		"- &a {\"msg\": *a}",
		"- {\"lvl\": \"info\", \"msg\": &a [*a, *a]}",
		"- {\"msg\": [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		LAB_ENTRY entry = read_line(lines[i]);

		if (entry.level != LAB_UNREADABLE)
			fail_msg("'%s' was read", lines[i]);
	}
}

/* A panic may be in a line that some server wrote in a way of its own. */
static void test_a_console_line_that_is_no_yaml_is_taken_as_it_stands(void **state)
{
	(void)state;
	assert_console("- {\"dt\": \"x\", \"lvl\": \"target\", \"msg\": \"Kernel panic \x01 \"}",
		       "Kernel panic \x01 ", 15);
	assert_console("- {\"dt\": \"x\", \"lvl\": \"target\", \"msg\": \"Kernel panic - not s",
		       "Kernel panic - not s", 20);
}

static const struct err *count_console(void *data, const struct lab_entry *entry)
{
	*(size_t *)data += entry->level == LAB_CONSOLE;
	return NULL;
}

/* Of real jobs, as LAVA 2023.01 wrote them. */
static void test_logs_of_real_jobs(void **state)
{
	static const char *const logs[] = { "boot-panic-aware", "fail-timeout",
					    "fail-panic-prompts" };
	const char *shared = getenv("FARRIER_SHARED");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		OWNED_STR path = xasprintf("%s/lava/responses/%s.logs.yaml",
					   shared ? shared : "../shared", logs[i]);
		STRBUF text = { 0 };
		size_t console = 0, count, lines = 0;
		bool found;

		assert_null(file_read_if_there(path, (size_t)64 << 20, &text, &found));
		if (!found) {
			print_message("# SKIPPED: '%s' is not there; set FARRIER_SHARED\n", path);
			return; /* cmocka's skip() leaks, and TAP::Harness takes it for a failure */
		}
		assert_null(
			lab_read_log(strbuf_str(&text), text.len, count_console, &console, &count));
		for (size_t at = 0; at < text.len; at++)
			lines += text.buf[at] == '\n';
		assert_in_range(count, lines, lines + 1);
		assert_true(console > 10);
	}
}

/* --- templates --- */

static const struct lab_value values[] = { { "kernel", "file:///k" },
					   { "cmdline", "a=\"b\" it's $x" },
					   { "minutes", "7" },
					   { "initrd", NULL } };

static const struct err *fill(void **state, const char *template, json_t **job)
{
	OWNED_STR path = xasprintf("%s/job.json", (char *)*state);

	assert_null(file_write(path, template, strlen(template)));
	return lab_fill_template(path, values, ARRAY_SIZE(values), job);
}

static void assert_filled(void **state, const char *template, const char *expected)
{
	OWNED_JSON *job = NULL;
	OWNED_STR text = NULL;

	assert_null(fill(state, template, &job));
	text = store_canonical(job);
	assert_string_equal(text, expected);
}

static void test_words_in_braces_are_replaced(void **state)
{
	assert_filled(state, "{\"a\": [\"x {kernel} {kernel}\"]}",
		      "{\"a\":[\"x file:///k file:///k\"]}");
	assert_filled(state, "{\"a\": \"{cmdline}\"}", "{\"a\":\"a=\\\"b\\\" it's $x\"}");
	assert_filled(state, "{\"a\": \"{cmdline:shell}\"}",
		      "{\"a\":\"'a=\\\"b\\\" it'\\\\''s $x'\"}");
	assert_filled(state, "{\"a\": \"{minutes:number}\", \"b\": 3, \"c\": null}",
		      "{\"a\":7,\"b\":3,\"c\":null}");
	assert_filled(state, "{\"a\": \"-kernel {{kernel}} }} {{\"}",
		      "{\"a\":\"-kernel {kernel} } {\"}");
}

static void test_templates_that_cannot_be_filled(void **state)
{
	static const char *const wrong[][2] = {
		{ "{\"a\": \"{nothing}\"}", "there is no {nothing} here" },
		{ "{\"a\": \"{initrd}\"}", "there is no {initrd} here" },
		{ "{\"a\": \"{kernel\"}", "a brace without its other one" },
		{ "{\"a\": \"kernel}\"}", "a brace without its other one" },
		{ "{\"a\": \"{kernel:upside-down}\"}", "in the way 'upside-down'" },
		{ "{\"a\": \"{kernel:number}\"}", "is no number" },
		{ "{\"a\": \"{cmdline:quoted}\"}", "nothing can quote '\"'" },
		{ "[1]", "is no JSON object" },
		{ "{\"a\": 1", "line 1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		json_t *job = NULL;
		const struct err *err = fill(state, wrong[i][0], &job);

		assert_non_null(err);
		assert_int_equal(err->kind, ERR_INPUT);
		if (!strstr(err->text, wrong[i][1]))
			fail_msg("'%s' does not say '%s'", err->text, wrong[i][1]);
		err_free(err);
		assert_null(job);
	}
}

static int make_folder(void **state)
{
	*state = unit_make_folder();
	return 0;
}

static int remove_folder(void **state)
{
	unit_remove_folder(*state);
	return 0;
}

#define LARGE (8 << 20)

struct sharer {
	struct machine_conf conf;
	const char *kernel;
	const struct err *err;
	char *placed;
};

static void *place_kernel(void *data)
{
	struct sharer *sharer = data;
	struct lab_store *store = lab_store_new(&sharer->conf);
	const struct lab_artifact *artifact = NULL;

	sharer->err = lab_store_place(store, sharer->kernel, &artifact);
	if (!sharer->err)
		sharer->placed = xstrdup(artifact->url);
	lab_store_free(store);
	return NULL;
}

static void test_two_machines_share_a_folder_of_artifacts(void **state)
{
	char *folder = *state;
	OWNED_STR kernel = xasprintf("%s/kernel", folder);
	OWNED_STR www = xasprintf("%s/www", folder);
	STRBUF content = { 0 };

	while (content.len < LARGE)
		strbuf_addf(&content, "%zu bytes until here\n", content.len);
	assert_ok(file_write(kernel, content.buf, content.len));
	for (int round = 0; round < 20; round++) {
		struct sharer sharers[2];
		pthread_t threads[2];

		for (int i = 0; i < 2; i++) {
			sharers[i] = (struct sharer){ .kernel = kernel };
			sharers[i].conf.lab.artifacts = www;
			sharers[i].conf.lab.artifacts_url =
				sharers[i].conf.lab.artifacts_token_file = "";
			assert_int_equal(
				pthread_create(&threads[i], NULL, place_kernel, &sharers[i]), 0);
		}
		for (int i = 0; i < 2; i++) {
			STRBUF placed = { 0 };

			pthread_join(threads[i], NULL);
			assert_ok(sharers[i].err);
			assert_true(starts_with(sharers[i].placed, "file:///"));
			assert_ok(file_read(sharers[i].placed + strlen("file://"), 2 * LARGE,
					    &placed));
			assert_int_equal(placed.len, content.len);
			assert_memory_equal(placed.buf, content.buf, content.len);
			if (i)
				unlink(sharers[i].placed + strlen("file://"));
			free(sharers[i].placed);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_the_device_printed),
		cmocka_unit_test(test_strings_are_those_of_yaml),
		cmocka_unit_test(test_results_are_mappings),
		cmocka_unit_test(test_what_is_no_entry_is_counted),
		cmocka_unit_test(test_a_console_line_that_is_no_yaml_is_taken_as_it_stands),
		cmocka_unit_test(test_logs_of_real_jobs),
		cmocka_unit_test_setup_teardown(test_words_in_braces_are_replaced, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(test_templates_that_cannot_be_filled, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(test_two_machines_share_a_folder_of_artifacts,
						make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
