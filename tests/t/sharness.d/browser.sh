# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Chromium, driven by WebDriver (https://www.w3.org/TR/webdriver2/) through curl. $BROWSER is a
# folder for what it leaves behind, and cleanup() keeps what is to be done at the end.

# post PATH JSON: a command of the session; its value, or 1 with what the driver says.
post () {
	curl -sS --max-time 60 -d "$2" "$SESSION/$1" >"$BROWSER/answer" &&
	if jq -e '.value | type == "object" and has("error")' <"$BROWSER/answer" >/dev/null; then
		jq -r .value.message <"$BROWSER/answer" >&2
		return 1
	fi
	jq -c .value <"$BROWSER/answer"
}

# cdp METHOD PARAMETERS: what WebDriver has no words for.
cdp () {
	post goog/cdp/execute "{\"cmd\":\"$1\",\"params\":$2}" >/dev/null
}

# open_page FILE [#FRAGMENT]
open_page () {
	post url "$(jq -n --arg url "file://$PWD/$1$2" '{url: $url}')" >/dev/null
}

# js SCRIPT: its returned value, a string without quotes.
js () {
	post execute/sync "$(jq -n --arg script "$1" '{script: $script, args: []}')" >"$BROWSER/value" &&
	jq -r 'if type == "string" then . else tojson end' <"$BROWSER/value"
}

# The same for a script that is in a file.
js_file () {
	js "$(cat "$1")"
}

# keys KEY...: pressed one after the other, where the focus is.
keys () {
	for key; do
		case $key in
		Tab) key=\\uE004 ;;
		Enter) key=\\uE007 ;;
		Escape) key=\\uE00C ;;
		Space) key=' ' ;;
		Left) key=\\uE012 ;;
		Up) key=\\uE013 ;;
		Right) key=\\uE014 ;;
		Down) key=\\uE015 ;;
		esac
		post actions "{\"actions\":[{\"type\":\"key\",\"id\":\"keyboard\",\"actions\":[
			{\"type\":\"keyDown\",\"value\":\"$key\"},{\"type\":\"keyUp\",\"value\":\"$key\"}]}]}" >/dev/null || return 1
	done
}

# click SELECTOR: in the middle of the window, where the bar on top does not cover it.
click () {
	js "document.querySelector($(jq -n --arg css "$1" '$css')).scrollIntoView({block: 'center'})" >/dev/null &&
	post element "$(jq -n --arg css "$1" '{using: "css selector", value: $css}')" >"$BROWSER/element" &&
	post "element/$(jq -r '.[]' <"$BROWSER/element")/click" '{}' >/dev/null
}

# width PIXELS [HEIGHT]; colours light|dark
width () {
	cdp Emulation.setDeviceMetricsOverride "{\"width\":$1,\"height\":${2:-900},\"deviceScaleFactor\":1,\"mobile\":false}"
}
colours () {
	cdp Emulation.setEmulatedMedia "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"$1\"}]}"
}

# picture NAME SELECTOR: what is seen from there on, for people.
picture () {
	test -n "$FARRIER_SCREENSHOTS" || return 0
	js "document.querySelector('$2').scrollIntoView()" >/dev/null &&
	curl -sS "$SESSION/screenshot" | jq -r .value | base64 -d >"$FARRIER_SCREENSHOTS/$1.png"
}

# What the page complained of.
complaints () {
	post se/log '{"type":"browser"}' | jq -r '.[] | .message'
}

# The processes of a browser are many; all are below the driver, which ends them.
start_browser () {
	: >"$BROWSER/log"
	setpriv --pdeathsig TERM chromedriver --port=0 >"$BROWSER/log" 2>&1 &
	driver=$!
	cleanup "kill $driver 2>/dev/null; wait $driver 2>/dev/null"
	wait_for "grep \"started successfully on port\" \"$BROWSER/log\"" || return 1
	port=$(sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' "$BROWSER/log")
	sandbox=
	test "$(id -u)" -ne 0 || sandbox='"--no-sandbox",'
	session=$(curl -sS --max-time 60 "http://127.0.0.1:$port/session" -d "{\"capabilities\":{\"alwaysMatch\":{
		\"browserName\":\"chrome\",\"goog:loggingPrefs\":{\"browser\":\"ALL\",\"performance\":\"ALL\"},
		\"goog:chromeOptions\":{\"args\":[\"--headless=new\",$sandbox\"--disable-gpu\",\"--disable-dev-shm-usage\",
			\"--hide-scrollbars\",\"--no-first-run\",\"--disable-background-networking\",
			\"--user-data-dir=$BROWSER/profile\"]}}}}" | jq -r '.value.sessionId // empty')
	test -n "$session" || return 1
	SESSION=http://127.0.0.1:$port/session/$session
	cleanup "curl -s -X DELETE '$SESSION' >/dev/null"
}
