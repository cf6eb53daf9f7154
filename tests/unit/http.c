// SPDX-License-Identifier: GPL-2.0
/* The HTTP client against a server that misbehaves on purpose (tests/standin/httpd.c). */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/http.h"
#include "unit.h"

/* A server with a folder of its own. */
struct world {
	char *root;
	char *base; /* http://127.0.0.1:PORT */
	pid_t server;
	int stop; /* closed: it ends */
};

static struct world world;

static void put(const char *name, const char *text)
{
	OWNED_STR path = xasprintf("%s/%s", world.root, name);

	assert_ok(file_write(path, text, strlen(text)));
}

static char *url_of(const char *path)
{
	return xasprintf("%s/%s", world.base, path);
}

static void start_server(void)
{
	OWNED_STR self = realpath("/proc/self/exe", NULL);
	OWNED_STR folder = file_dir_name(self);
	OWNED_STR program = xasprintf("%s/../standin/httpd", folder);
	OWNED_STR port_file = xasprintf("%s/port", world.root);
	STRBUF port = { 0 };
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	world.server = fork();
	if (!world.server) {
		dup2(ends[0], 0);
		close(ends[0]);
		close(ends[1]);
		execl(program, "httpd", world.root, (char *)NULL);
		_exit(127);
	}
	close(ends[0]);
	world.stop = ends[1];
	while (!file_exists(port_file))
		assert_int_equal(waitpid(world.server, NULL, WNOHANG), 0);
	assert_ok(file_read(port_file, 100, &port));
	strbuf_trim(&port);
	world.base = xasprintf("http://127.0.0.1:%s", port.buf);
}

static int setup(void **state)
{
	(void)state;
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	unsetenv("ALL_PROXY");
	world.root = unit_make_folder();
	start_server();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(world.stop);
	waitpid(world.server, NULL, 0);
	unit_remove_folder(world.root);
	free(world.base);
	return 0;
}

/* What the server was asked since the last time. */
static void read_log(struct strbuf *log, struct strbuf *bodies)
{
	OWNED_STR path = xasprintf("%s/log", world.root);
	OWNED_STR bodies_path = xasprintf("%s/log.body", world.root);

	assert_ok(file_read(path, 100000, log));
	assert_ok(file_read(bodies_path, 100000, bodies));
	assert_ok(file_remove(path));
	assert_ok(file_remove(bodies_path));
}

static void forget_log(void)
{
	OWNED_STR path = xasprintf("%s/log", world.root);

	assert_ok(file_remove(path));
}

static void test_get(void **state)
{
	OWNED_STR url = url_of("a/b?c=d");
	HTTP_ANSWER answer = { 0 };
	STRBUF log = { 0 };
	STRBUF bodies = { 0 };

	(void)state;
	forget_log();
	put("a/b.http", "header Content-Type: Text/Plain; charset=utf-8\ntext hello\n");
	assert_ok(http_run(&(struct http_request){ .url = url }, &answer));
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.type, "text/plain");
	assert_string_equal(answer.url, url);
	assert_string_equal(strbuf_str(&answer.body), "hello\n");
	read_log(&log, &bodies);
	assert_non_null(strstr(strbuf_str(&log), "GET /a/b?c=d&\n"));
	assert_non_null(strstr(strbuf_str(&log), "  User-Agent: farrier/"));
	assert_ok(http_check_status(&answer));
}

static void test_post_and_put_carry_json_and_headers(void **state)
{
	static const char *const headers[] = { "X-One: 1", "X-Two: 2", NULL };
	OWNED_STR url = url_of("api");
	HTTP_ANSWER answer = { 0 };
	STRBUF log = { 0 };
	STRBUF bodies = { 0 };
	struct http_request request = { .method = HTTP_POST,
					.url = url,
					.headers = headers,
					.secret = "Authorization: Token s3cret",
					.body = "{\"a\":1}",
					.body_length = 7,
					.body_type = "application/json" };

	(void)state;
	forget_log();
	put("api.http",
	    "method POST\nbody-has \"a\":1\nstatus 201\ntext {}\n\nmethod PUT\ntext 2\n");
	assert_ok(http_run(&request, &answer));
	assert_int_equal(answer.status, 201);
	http_release_answer(&answer);
	request.method = HTTP_PUT;
	assert_ok(http_run(&request, &answer));
	assert_string_equal(strbuf_str(&answer.body), "2\n");
	read_log(&log, &bodies);
	assert_non_null(strstr(strbuf_str(&log), "POST /api\n"));
	assert_non_null(strstr(strbuf_str(&log), "PUT /api\n"));
	assert_non_null(strstr(strbuf_str(&log), "  Content-Type: application/json\n"));
	assert_non_null(strstr(strbuf_str(&log), "  X-Two: 2\n"));
	assert_non_null(strstr(strbuf_str(&log), "  Authorization: Token s3cret\n"));
	assert_string_equal(strbuf_str(&bodies), "{\"a\":1}{\"a\":1}");
}

static void test_a_secret_is_not_carried_through_a_redirect(void **state)
{
	OWNED_STR url = url_of("moved");
	HTTP_ANSWER answer = { 0 };
	STRBUF log = { 0 };
	STRBUF bodies = { 0 };

	(void)state;
	forget_log();
	put("moved.http", "status 302\nheader Location: http://user:pw@127.0.0.2:1/else\n");
	assert_ok(http_run(&(struct http_request){ .url = url, .secret = "X-Token: s3cret" },
			   &answer));
	assert_int_equal(answer.status, 302);
	assert_string_equal(answer.location, "http://127.0.0.2:1/else");
	assert_err(http_check_status(&answer), ERR_ENV, "it is at 'http://127.0.0.2:1/else' now");
	read_log(&log, &bodies);
	assert_null(strstr(strbuf_str(&log), "/else"));
}

static void test_redirects_are_followed_a_few_times(void **state)
{
	OWNED_STR url = url_of("from");
	OWNED_STR loop = url_of("loop");
	OWNED_STR file = url_of("file");
	HTTP_ANSWER answer = { 0 };

	(void)state;
	put("from.http", "status 302\nheader Location: /to\n");
	put("to.http", "text there\n");
	put("loop.http", "status 302\nheader Location: /loop\n");
	put("file.http", "status 302\nheader Location: file:///etc/passwd\n");
	assert_ok(http_run(&(struct http_request){ .url = url }, &answer));
	assert_string_equal(strbuf_str(&answer.body), "there\n");
	assert_true(ends_with(answer.url, "/to"));
	http_release_answer(&answer);
	assert_err(http_run(&(struct http_request){ .url = loop }, &answer), ERR_ENV,
		   "/loop': redirected more than 5 times");
	assert_err(http_run(&(struct http_request){ .url = file }, &answer), ERR_ENV,
		   "/file': redirected to where it is not followed");
}

static void test_limits_of_size_hold_with_and_without_a_length(void **state)
{
	OWNED_STR told = url_of("told");
	OWNED_STR untold = url_of("untold");
	OWNED_STR fits = url_of("fits");
	HTTP_ANSWER answer = { 0 };

	(void)state;
	put("told.http", "text x\nrepeat 5000000000\n");
	put("untold.http", "text x\nrepeat 5000000000\nchunked\n");
	put("fits.http", "text x\nrepeat 1000\nchunked\n");
	assert_err(http_run(&(struct http_request){ .url = told, .limit = 1000 }, &answer), ERR_ENV,
		   "/told': the answer is larger than 1000 bytes, the limit");
	assert_err(http_run(&(struct http_request){ .url = untold, .limit = 1 << 20 }, &answer),
		   ERR_ENV, "/untold': the answer is larger than 1 MiB, the limit");
	assert_ok(http_run(&(struct http_request){ .url = fits, .limit = 1000 }, &answer));
	assert_int_equal(answer.body.len, 1000);
}

static void test_answers_that_break_off_or_never_come(void **state)
{
	OWNED_STR cut = url_of("cut");
	OWNED_STR chunk = url_of("chunk");
	OWNED_STR stall = url_of("stall");
	OWNED_STR hang = url_of("hang");
	HTTP_ANSWER answer = { 0 };

	(void)state;
	put("cut.http", "text x\nrepeat 1000\ncut 10\n");
	put("chunk.http", "text x\nrepeat 1000\ncut 10\nchunked\n");
	put("stall.http", "text x\nrepeat 1000\nstall 10\n");
	put("hang.http", "hang\n");
	assert_err(http_run(&(struct http_request){ .url = cut }, &answer), ERR_ENV,
		   "/cut': the answer broke off after 10 bytes");
	assert_err(http_run(&(struct http_request){ .url = chunk }, &answer), ERR_ENV,
		   "/chunk': the answer broke off after 10 bytes");
	assert_err(http_run(&(struct http_request){ .url = stall, .stall_timeout = 1 }, &answer),
		   ERR_ENV, "/stall': the server sent nothing for 1 s, after 10 bytes");
	assert_err(http_run(&(struct http_request){ .url = hang, .stall_timeout = 1 }, &answer),
		   ERR_ENV, "/hang': the server sent nothing for 1 s");
	assert_err(http_run(&(struct http_request){ .url = hang, .total_timeout = 0.1 }, &answer),
		   ERR_ENV, "/hang': no whole answer within 0.1 s");
}

static void test_no_server_and_no_url(void **state)
{
	HTTP_ANSWER answer = { 0 };

	(void)state;
	assert_err(
		http_run(&(struct http_request){ .url = "http://u:secret@127.0.0.1:1/x" }, &answer),
		ERR_ENV, "'http://127.0.0.1:1/x': cannot connect");
	assert_err(http_run(&(struct http_request){ .url = "file:///etc/passwd" }, &answer),
		   ERR_INPUT, "no URL that can be fetched");
	assert_err(http_run(&(struct http_request){ .url = "http://a b/" }, &answer), ERR_INPUT,
		   "is no URL");
}

static void test_a_busy_server_is_waited_for_as_long_as_there_is_patience(void **state)
{
	OWNED_STR url = url_of("busy");
	OWNED_STR never = url_of("never");
	HTTP_ANSWER answer = { 0 };

	(void)state;
	put("busy.http", "times 1\nstatus 503\nheader Retry-After: 1\ntext no\n\ntext yes\n");
	put("never.http", "status 429\nheader Retry-After: 3600\ntext no\n");
	assert_ok(http_run(&(struct http_request){ .url = url, .patience = 10 }, &answer));
	assert_int_equal(answer.status, 200);
	assert_string_equal(strbuf_str(&answer.body), "yes\n");
	http_release_answer(&answer);
	assert_ok(http_run(&(struct http_request){ .url = never, .patience = 10 }, &answer));
	assert_int_equal(answer.status, 429);
	assert_err(http_check_status(&answer), ERR_ENV, "answered 429 and asks to wait 3600 s");
}

/* Two transfers beside each other, and one that is cancelled. */
struct pair {
	int answers;
	bool done;
};

static const struct err *count_answer(void *data, const struct err *err, struct http_answer *answer)
{
	struct pair *pair = data;

	assert_null(err);
	assert_int_equal(answer->status, 200);
	pair->done = ++pair->answers == 2;
	return NULL;
}

static void test_several_at_once(void **state)
{
	OWNED_STR url = url_of("x");
	OWNED_STR hang = url_of("hang");
	LOOP loop = loop_new();
	HTTP http = NULL;
	struct http_transfer *idle, *left;
	struct pair pair = { 0 };

	(void)state;
	put("x.http", "text x\n");
	put("hang.http", "hang\n");
	assert_ok(http_new(loop, &http));
	assert_ok(http_start(http, &(struct http_request){ .url = hang }, count_answer, &pair,
			     &idle));
	assert_ok(http_start(http, &(struct http_request){ .url = hang }, count_answer, &pair,
			     &left));
	for (int i = 0; i < 2; i++)
		assert_ok(http_start(http, &(struct http_request){ .url = url }, count_answer,
				     &pair, NULL));
	assert_ok(loop_run(loop, &pair.done));
	http_cancel(idle);
}

static void expect_public(const char *url, const char *expected)
{
	OWNED_STR shown = http_public_url(url);

	assert_string_equal(shown, expected);
}

static void test_no_url_is_shown_with_its_secrets(void **state)
{
	OWNED_STR plain = NULL;
	OWNED_STR nul = NULL;
	OWNED_STR escaped = NULL;

	(void)state;
	assert_ok(http_unescape("a%40b", 5, &plain));
	assert_ok(http_unescape("a%00b", 5, &nul));
	assert_ok(http_escape("a/b@c+d", &escaped));
	expect_public("https://u:pw@host/a?b=c#d", "https://host/a?b=c");
	expect_public("https://token@host:8/", "https://host:8/");
	expect_public("https://u:p@w@ho st/x#y", "https://ho st/x");
	assert_string_equal(plain, "a@b");
	assert_null(nul);
	assert_string_equal(escaped, "a%2Fb%40c%2Bd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_post_and_put_carry_json_and_headers),
		cmocka_unit_test(test_a_secret_is_not_carried_through_a_redirect),
		cmocka_unit_test(test_redirects_are_followed_a_few_times),
		cmocka_unit_test(test_limits_of_size_hold_with_and_without_a_length),
		cmocka_unit_test(test_answers_that_break_off_or_never_come),
		cmocka_unit_test(test_no_server_and_no_url),
		cmocka_unit_test(test_a_busy_server_is_waited_for_as_long_as_there_is_patience),
		cmocka_unit_test(test_several_at_once),
		cmocka_unit_test(test_no_url_is_shown_with_its_secrets),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
