// SPDX-License-Identifier: GPL-2.0
#include "boot.h"

#define DEFAULT_TEST_SECONDS 10

int boot_test_seconds(const struct boot_request *request)
{
	return request->seconds ? request->seconds : DEFAULT_TEST_SECONDS;
}

static void add_counter_rows(const struct boot_request *request, struct strbuf *cmdline)
{
	STRVEC seen = { 0 };

	for (size_t i = 0; i < request->counter_count; i++) {
		const char *row = request->counters[i].row;

		if (strvec_has(&seen, row))
			continue;
		strbuf_addf(cmdline, "%s%s", seen.count ? "," : " farrier.counters=", row);
		strvec_push(&seen, row);
	}
}

static void add_part(struct strbuf *cmdline, const char *part)
{
	if (part && *part)
		strbuf_addf(cmdline, "%s%s", cmdline->len ? " " : "", part);
}

ERR_CHECK boot_cmdline(const struct boot_request *request, char **cmdline)
{
	STRBUF text = { 0 };

	add_part(&text, machine_settings(request->machine)->cmdline);
	for (size_t i = 0; i < request->cmdline_count; i++)
		add_part(&text, request->cmdline[i]);
	strbuf_addf(&text, "%sfarrier.seconds=%d", text.len ? " " : "", boot_test_seconds(request));
	add_counter_rows(request, &text);
	if (request->cmdline_max && text.len > (size_t)request->cmdline_max)
		return err_hint(err_input("the kernel takes a command line of %d bytes, this one "
					  "has %zu: '%s'",
					  request->cmdline_max, text.len, text.buf),
				"shorten 'cmdline' of the machine, the branch or the series");
	*cmdline = strbuf_detach(&text);
	return NULL;
}
