// SPDX-License-Identifier: GPL-2.0
/* http_error.c - what went wrong between us and a server, in words. */
#include "http_part.h"

/* libcurl's words for this very failure, or its general ones. */
static const char *detail_of(const struct http_failure *failure)
{
	return *failure->detail ? failure->detail : sym_curl_easy_strerror(failure->code);
}

/* libcurl has one code for all of its clocks; which of them it was, its text tells. */
static const struct err *timed_out(const struct http_failure *failure, const char *url)
{
	if (!failure->connected)
		return err_hint(
			err_env("'%s': no connection within %g s", url, failure->connect_timeout),
			"is the server up, and does the way to it need https_proxy?");
	if (strstr(failure->detail, "too slow"))
		return err_hint(err_env("'%s': the server sent nothing for %g s, after %zu bytes",
					url, failure->stall_timeout, failure->got),
				"try again later");
	return err_hint(err_env("'%s': no whole answer within %g s, after %zu bytes", url,
				failure->total_timeout, failure->got),
			"try again later");
}

static const struct err *broke_off(const struct http_failure *failure, const char *url)
{
	return err_hint(err_env("'%s': the answer broke off after %zu bytes: %s", url, failure->got,
				detail_of(failure)),
			"try again later");
}

static const struct err *too_large(const struct http_failure *failure, const char *url)
{
	if (failure->limit >= (size_t)1 << 20)
		return err_env("'%s': the answer is larger than %zu MiB, the limit", url,
			       failure->limit >> 20);
	return err_env("'%s': the answer is larger than %zu bytes, the limit", url, failure->limit);
}

const struct err *http_explain(const struct http_failure *failure)
{
	OWNED_STR url = http_public_url(failure->request->url);

	if (failure->too_large)
		return too_large(failure, url);
	switch (failure->code) {
	case CURLE_URL_MALFORMAT:
		return err_input("'%s' is no URL", url);
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return err_hint(err_env("'%s': %s", url, detail_of(failure)),
				"check the name, the network and https_proxy");
	case CURLE_COULDNT_CONNECT:
		return err_hint(err_env("'%s': cannot connect: %s", url, detail_of(failure)),
				"is the server up, and does the way to it need https_proxy?");
	case CURLE_OPERATION_TIMEDOUT:
		return timed_out(failure, url);
	case CURLE_PEER_FAILED_VERIFICATION:
		return err_hint(err_env("'%s': the server's certificate does not verify: %s", url,
					detail_of(failure)),
				"check the clock; the certificate of an authority of your own "
				"goes to /usr/local/share/ca-certificates, then "
				"'update-ca-certificates'");
	case CURLE_SSL_CONNECT_ERROR:
		return err_hint(err_env("'%s': no TLS connection: %s", url, detail_of(failure)),
				"does the server speak https on this port?");
	case CURLE_TOO_MANY_REDIRECTS:
		return err_env("'%s': redirected more than %d times", url, HTTP_REDIRECTS_MAX);
	case CURLE_UNSUPPORTED_PROTOCOL:
		return err_env("'%s': redirected to where it is not followed: %s", url,
			       detail_of(failure));
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return broke_off(failure, url);
	default:
		return err_env("'%s': %s", url, detail_of(failure));
	}
}

static const char *advice(int status)
{
	switch (status) {
	case 401:
		return "check the token or password";
	case 403:
		return "the server may keep programs out; get the file with a browser and give "
		       "that";
	case 404:
	case 410:
		return "check the URL";
	case 429:
	case 503:
		return "the server is busy; try again later";
	default:
		return status >= 500 ? "the server failed; try again later" : NULL;
	}
}

const struct err *http_check_status(const struct http_answer *answer)
{
	const struct err *err;
	const char *hint = advice(answer->status);

	if (answer->status >= 200 && answer->status < 300)
		return NULL;
	if (answer->location)
		return err_hint(err_env("'%s': the server answered %d: it is at '%s' now",
					answer->url, answer->status, answer->location),
				"give that URL");
	if (answer->retry_after > 0)
		err = err_env("'%s': the server answered %d and asks to wait %g s", answer->url,
			      answer->status, answer->retry_after);
	else
		err = err_env("'%s': the server answered %d", answer->url, answer->status);
	return hint ? err_hint(err, "%s", hint) : err;
}
