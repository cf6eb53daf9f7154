# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Records of runs for the tests of reports: no kernel was built for them, and none booted.

# run_of NUMBER [FILTER]: the record of a run of two branches, with and without a series, with the
# model on 2 and 4 CPUs and off on 2; FILTER is jq's, and changes it.
run_of () {
	jq -n --argjson number "$1" '
	def key($id): $id | gsub("[^a-z0-9]"; "-");
	def boots($id; $verdict): [range(1; 4)] | map({
		number: ., verdict: $verdict, counted: true,
		cause: (if $verdict == "BAD" then {kind: "csd-stall", line: 92, cpu: 1,
			text: "[    4.275388] smp: csd: Detected non-responsive CSD lock (#1) on CPU#1"}
			else null end),
		text: null, log: ".farrier/boots/\(key($id))/000\(.)/console.log",
		seconds: 12.5, machine_cpu: 24, counters: {lost: 100, rescued: 90},
		started: "2026-11-22T15:0\(.):00Z", reused: false});
	def cell($branch; $variant; $model; $cpus):
		"\($branch)/\($variant)/\($model)/branch/clipper/\($cpus)" as $id |
		($variant == "base" and $model == "on") as $bad |
		{id: $id, group: "fault", branch: $branch, variant: $variant, model: $model,
		 config: "branch", machine: "clipper", cpus: $cpus, seconds: 10,
		 build: "\($branch)/\($variant)/branch", key: key($id),
		 state: (if $bad then "bad" else "clean" end), reason: null,
		 rate: (if $bad then {boots: 3, bad: 3, low: 0.292, high: 1}
			else {boots: 3, bad: 0, low: 0, high: 0.708} end),
		 cmdline: ("console=ttyS0 " + (if $branch == "linux-6.1.y" then "csdlock_debug=1 " else "" end) + (if $model == "on" then "io7_edge_loss=1 " else "" end) + "-- 10"),
		 boots: boots($id; if $bad then "BAD" else "GOOD" end)};
	{schema: 1, run: $number, matrix: "default", title: "ev7-ipi on every branch",
	 key: "f00d", series: "ev7-ipi", model: "io7-edge-loss", farrier: "0.1",
	 started: "2026-11-22T15:00:00Z", ended: "2026-11-22T15:20:00Z", cpus: 2,
	 test: {clean_rate: 0.05, bad_rate: 0.4, error: 0.01, max_boots: 20, max_infra: 3},
	 branches: [{name: "linux-6.1.y", version: "6.1.192", arch: "alpha", base: ("1" * 40)},
		    {name: "linux-6.12.y", version: "6.12.117", arch: "alpha", base: ("2" * 40)}],
	 builds: [("linux-6.1.y", "linux-6.12.y") as $b | ("base", "series") as $v |
		  {id: "\($b)/\($v)/branch", branch: $b, variant: $v, config: "branch",
		   status: "ok", key: "badc0de\($b)\($v)", image: null, log: null, commit: ("3" * 40),
		   started: (if $v == "base" then "2026-11-22T15:00:05Z" else "2026-11-22T15:01:50Z" end),
		   seconds: 100, cpu_seconds: 180, usual_seconds: 0, reason: null,
		   diagnostics: []}],
	 cells: [("linux-6.1.y", "linux-6.12.y") as $b |
		 (cell($b; ("base", "series"); "on"; (2, 4)), cell($b; "base"; "off"; 2))],
	 pairs: [], answer: "open",
	 timing: {wall: 575, make_cpu: 720, machine_cpu: 280, own_cpu: 3.5, booted: 30,
		  reused: 0, built: 4}}' | jq "${2:-.}"
}

# add_run NUMBER [FILTER]: puts the record into the workspace ws.
add_run () {
	mkdir -p "$(printf 'ws/.farrier/runs/%04d' "$1")" &&
		run_of "$@" >"$(printf 'ws/.farrier/runs/%04d/run.json' "$1")"
}

# log_of CELL BOOT: where the console log of a boot is; its folder is made.
log_of () {
	log_folder=ws/.farrier/boots/$(printf '%s' "$1" | tr -c 'a-z0-9' '-')/000$2
	mkdir -p "$log_folder" && echo "$log_folder/console.log"
}
