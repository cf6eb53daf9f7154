#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='reports of runs, in every format'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

SCHEMA=kcidb/v5.3.schema.json
FAULT=linux-6.12.y/base/on/branch/clipper/2

# report ARG...: standard output and error in files, as most tests want them.
report () {
	farrier -C ws report "$@" >out 2>err
}

# A cell of the record by its id, as a jq path.
cell () {
	echo ".cells |= map(if .id == \"$1\" then $2 else . end)"
}

# bad_cell ID: the bug shows there in 2 of 3 boots.
bad_cell () {
	cell "$1" '.state = "bad" | .rate = {boots: 3, bad: 2, low: 0.094, high: 0.992} |
		.boots[1:] |= map(.verdict = "BAD" | .cause = {kind: "oops", line: 3, cpu: 0, text: "Oops 0"})'
}

PYTHON=
for python in /usr/bin/python3 python3; do
	"$python" -c 'import jsonschema' 2>/dev/null && PYTHON=$python && break
done
if test -n "$PYTHON"; then
	test_set_prereq PYTHON
else
	echo "# SKIPPED: no python3 with jsonschema; Debian's package is python3-jsonschema" >&2
fi

test_expect_success 'without a run it says how to make one' '
	farrier init ws &&
	mkdir -p ws/series/io7-edge-loss ws/series/ev7-ipi &&
	printf "[series]\n\ttitle = m\n\tbase = mainline\n\trole = model\n\tcmdline = io7_edge_loss=1\n" >ws/series/io7-edge-loss/series.conf &&
	printf "[series]\n\ttitle = f\n\tbase = mainline\n" >ws/series/ev7-ipi/series.conf &&
	for series in io7-edge-loss ev7-ipi; do
		: >"ws/series/$series/0001-a.patch" || return 1
	done &&
	test_expect_code 2 farrier -C ws report 2>err &&
	grep "there is no run yet" err &&
	grep "^hint: .*farrier run" err
'

test_expect_success 'a good run exits 0 and says why it is good' '
	add_run 1 &&
	report &&
	tail -n 1 out >actual &&
	echo "good: every cell with ev7-ipi is clean, and in 4 pairs the bug shows without it and not with it" >expected &&
	test_cmp expected actual
'

test_expect_success 'the matrix is lined up, and fits 80 columns' '
	sed -n "1,/^\$/d;/^\$/q;p" out >actual &&
	cat >expected <<-\EOF &&
	                     without ev7-ipi     with ev7-ipi
	                     2 CPUs     4 CPUs   2 CPUs     4 CPUs
	linux-6.1.y  6.1.192
	  branch             bad 3/3    bad 3/3  clean 0/3  clean 0/3  fixed
	  branch, model off  clean 0/3  -        -          -
	linux-6.12.y  6.12.117
	  branch             bad 3/3    bad 3/3  clean 0/3  clean 0/3  fixed
	  branch, model off  clean 0/3  -        -          -
	EOF
	test_cmp expected actual &&
	! grep -E "^.{81}" actual
'

test_expect_success 'the head says which run it is and when it was' '
	head -n 2 out >actual &&
	cat >expected <<-\EOF &&
	ev7-ipi on every branch: good
	matrix default, run 1, 2026-11-22 15:00 to 15:20 UTC
	EOF
	test_cmp expected actual
'

test_expect_success 'time and efficiency are said' '
	grep "^time: 575.0 s; CPU: make 720.0 s, machines 280.0 s, farrier itself 3.5 s" out &&
	grep "^1.15 times the least possible: .* over 2 CPUs" out
'

test_expect_success 'each bug is cited with its line and its log' '
	grep -A 2 "^  linux-6.12.y without ev7-ipi, model on, 2 CPUs: bad 3/3" out >actual &&
	grep "csd-stall, line 92: smp: csd: Detected non-responsive" actual &&
	grep "^    .farrier/boots/linux-6-12-y-base-on-branch-clipper-2/0001/console.log$" actual
'

test_expect_success 'a log that is gone is said to be' '
	grep "its log is not there any more" out
'

test_expect_success 'nothing is said of changes where there is no run before' '
	! grep "^since" out
'

test_expect_success 'with -v every cell has its bounds, its kernel and its counters' '
	report -v &&
	grep "linux-6.1.y with ev7-ipi, model on, 4 CPUs  *clean 0/3  *0 to 71 %  badc0delinux  300 lost, 270 rescued" out
'

test_expect_success 'a bad cell with the series: exit 1, its log in context, what changed' '
	id=linux-6.12.y/series/on/branch/clipper/4 &&
	log=$(log_of $id 2) &&
	{ echo one && echo two && printf "Oops 0\r\n" && seq -f "after %g" 4 40; } >"$log" &&
	add_run 2 "$(bad_cell $id)" &&
	test_expect_code 1 farrier -C ws report >out &&
	grep "^  branch .* clean 0/3  bad 2/3 \*  *fixed, not fixed$" out &&
	sed -n "/^what makes it bad/,/^\$/p" out >actual &&
	cat >expected <<-\EOF &&
	what makes it bad
	  linux-6.12.y with ev7-ipi, model on, 4 CPUs
	    bad, the bug in 2 of 3 boots (at 95 %: 9 to 99 %)
	    oops, line 3: Oops 0
	    .farrier/boots/linux-6-12-y-series-on-branch-clipper-4/0002/console.log
	           1  one
	           2  two
	    >      3  Oops 0
	EOF
	seq -f "after %g" 4 15 | nl -v 4 -w 12 -s "  " >>expected &&
	echo >>expected &&
	test_cmp expected actual &&
	sed -n "/^since/,/^\$/p" out >actual &&
	cat >expected <<-\EOF &&
	since run 1, 2026-11-22
	  linux-6.12.y with ev7-ipi, model on, 4 CPUs
	    was clean 0/3, is bad 2/3 (the same kernel and machine)
	  linux-6.12.y with ev7-ipi, model on, 4 CPUs
	    as a pair: was fixed, is not fixed
	  9 of 10 cells as before

	EOF
	test_cmp expected actual &&
	grep "^bad: linux-6.12.y with ev7-ipi, model on, 4 CPUs: bad, the bug in 2 of 3 boots" out
'

test_expect_success 'the run before is the last of the same matrix that came to its end' '
	add_run 3 ".matrix = \"other\"" &&
	add_run 4 ".ended = null | .cells[].state = \"waiting\"" &&
	add_run 5 ".cells[0].key = \"anew\" | del(.cells[1]) |
		.cells[0].id = \"linux-6.1.y/base/on/branch/clipper/8\"" &&
	report &&
	grep "^since run 2," out &&
	grep "^    was bad 2/3, is clean 0/3" out &&
	grep -A 1 "^  linux-6.1.y without ev7-ipi, model on, 2 CPUs$" out | grep "^    new: bad 3/3" &&
	grep "^  gone: linux-6.1.y/base/on/branch/clipper/4: was bad 3/3" out
'

test_expect_success 'a run by its number, or the newest of a matrix' '
	report 1 && grep "run 1," out &&
	report --matrix=other && grep "^matrix other, run 3" out &&
	test_expect_code 2 farrier -C ws report 77 2>err &&
	grep "there is no run 77" err && grep "^hint: there are: 1, 2, 3, 4, 5" err &&
	test_expect_code 2 farrier -C ws report --matrix=none 2>err &&
	grep "no run of matrix .none." err &&
	test_expect_code 2 farrier -C ws report one 2>err
'

test_expect_success 'a run that goes on exits 4 and counts what waits' '
	test_expect_code 4 farrier -C ws report 4 >out &&
	grep "not at its end" out &&
	tail -n 1 out | grep "^open: 10 of 10 cells wait"
'

test_expect_success 'a model that shows nothing, a bug without it, and INFRA are inconclusive' '
	add_run 6 "$(cell $FAULT ".state = \"clean\"")" &&
	test_expect_code 4 farrier -C ws report >out &&
	grep "although the model is on: it does not show the bug" out &&
	add_run 6 "$(bad_cell linux-6.1.y/base/off/branch/clipper/2)" &&
	test_expect_code 4 farrier -C ws report >out &&
	grep "although the model is off: the bug is not the model" out &&
	add_run 6 "$(cell $FAULT ".state = \"infra\" | .reason = \"qemu died # SKIP me\" |
		.rate = {boots: 0, bad: 0, low: 0, high: 1} |
		.boots |= map(.verdict = \"INFRA\" | .counted = false | .cause = null | .text = \"no output\")")" &&
	printf "sea\nBIOS\n" >"$(log_of $FAULT 3)" &&
	test_expect_code 4 farrier -C ws report >out &&
	grep "infra: boots failed for other reasons than the kernel.s; qemu died" out &&
	grep "^           2  BIOS" out &&
	test_expect_code 4 farrier -C ws report -f ktap >out &&
	grep "^  not ok 1 .* # ERROR infra: .*; qemu died _ SKIP me$" out &&
	test_expect_code 4 farrier -C ws report -f kcidb >out &&
	jq -e "[.tests[] | select(.misc.farrier.cell == \"$FAULT\").status] == [\"MISS\", \"MISS\", \"MISS\"]" out
'

test_expect_success 'a kernel that does not build is bad, with what the compiler said' '
	id=linux-6.1.y/series/branch &&
	add_run 6 ".builds |= map(if .id == \"$id\" then .status = \"failed\" | .log = \"/cache/build/k/log\" |
			.diagnostics = [{severity: \"warning\", file: \"w.c\", line: 1, text: \"never mind\"},
				{severity: \"error\", file: \"kernel/smp.c\", line: 57, text: \"no such member\"}]
			else . end) |
		.cells |= map(if .build == \"$id\" then .state = \"not-built\" | .boots = [] |
			.rate = {boots: 0, bad: 0, low: 0, high: 1} else . end)" &&
	test_expect_code 1 farrier -C ws report >out &&
	grep "not built \*  not built \*  open$" out &&
	grep "^    kernel/smp.c:57: no such member" out &&
	! grep "never mind" out
'

test_expect_success 'a damaged record is not believed, and no older run takes its place' '
	head -c 2000 ws/.farrier/runs/0006/run.json >cut && mv cut ws/.farrier/runs/0006/run.json &&
	test_expect_code 2 farrier -C ws report >out 2>err &&
	! test -s out &&
	grep "the record of the newest run, 6, cannot be believed" err &&
	report 5 &&
	rm ws/.farrier/runs/0006/run.json &&
	report && grep "run 5," out
'

test_expect_success 'colours only where they are asked for, never in a file' '
	report && ! grep "$(printf "\033")" out &&
	farrier -C ws report --color=always >out && grep "$(printf "\033\\[32mclean 0/3")" out &&
	farrier -C ws report --color=always -o file >out && ! test -s out &&
	! grep "$(printf "\033")" file && grep "^good: " file
'

test_expect_success 'a file that cannot be written is an error, and one that is there stays whole' '
	test_expect_code 3 farrier -C ws report -o /dev/null/x 2>err &&
	echo old >there && chmod 400 there &&
	report -f json -o there && jq -e ".schema == 1" there &&
	ls | sort >names && ! grep tmp names
'

test_expect_success '--json is the record, and what a report makes of it' '
	test_expect_code 1 farrier -C ws report --json 2 >out &&
	jq -e ".run == 2 and .answer == \"bad\" and .before.run == 1 and .before.answer == \"good\"" out &&
	jq -e ".efficiency == 1.15 and .counts.bad == 5 and .counts.clean == 5 and .gone == []" out &&
	jq -e "[.pairs[].answer] == [\"fixed\", \"fixed\", \"fixed\", \"not-fixed\"]" out &&
	jq -e "[.pairs[].before] == [\"fixed\", \"fixed\", \"fixed\", \"fixed\"]" out &&
	jq -e "[.cells[] | select(.outcome == \"fail\")] | length == 1" out &&
	jq ".cells[] | select(.outcome == \"fail\")" out >cell &&
	jq -e ".change == \"changed\" and .same_kernel and .before.state == \"clean\"" cell &&
	jq -e ".evidence.boot == 2 and .evidence.cause.line == 3 and .evidence.missing == null" cell &&
	jq -e ".evidence.lines[2] == {number: 3, text: \"Oops 0\", cut: false}" cell &&
	jq -e ".counters == {lost: 300, rescued: 270}" cell &&
	jq -e ".commands == [
		\"farrier build linux-6.12.y --with ev7-ipi --model io7-edge-loss\",
		\"farrier boot badc0delinux-6.12.yseries --machine clipper --cpus 4 --seconds 10 --cmdline io7_edge_loss=1\",
		\"farrier judge .farrier/boots/linux-6-12-y-series-on-branch-clipper-4/0002/console.log\"]" cell &&
	test_expect_code 1 farrier -C ws report -f json 2 >again && test_cmp out again
'

test_expect_success 'no command is offered that would boot something else' '
	jq -e "[.cells[].commands[] | select(startswith(\"farrier boot\"))] | length == 10" out &&
	sed "s/io7_edge_loss=1/io7_edge_loss=2/" ws/series/io7-edge-loss/series.conf >conf &&
	cp ws/series/io7-edge-loss/series.conf kept && cp conf ws/series/io7-edge-loss/series.conf &&
	test_expect_code 1 farrier -C ws report --json 2 >out &&
	mv kept ws/series/io7-edge-loss/series.conf &&
	jq -e "[.cells[] | select(.model == \"on\").commands[] | select(startswith(\"farrier boot\"))] == []" out &&
	jq -e "[.cells[].commands[] | select(startswith(\"farrier boot\"))] | length == 2" out
'

# Console text that is made to be taken for something else.
hostile () {
	log=$(log_of $FAULT 1)
	{
		seq -f "line %g" 1 88
		printf "]]></system-out><failure message=\"x\">&amp;<!-- \n"
		printf "ok 1 forged\n# KTAP version 1\n"
		printf "\033]0;title\007 \001\010\013\014\016\037\177 \302\205 \342\200\256 \355\240\200 \377\376 \357\277\276 \000NUL\n"
		head -c 3000000 /dev/zero | tr "\\000" x
	} >"$log"
	add_run 7 "$(cell $FAULT ".reason = \"<b>\\u0001\\ud83d\\ude00 # SKIP\nok 9 forged\" |
		.boots[0].cause.text = \"a \\\"quoted\\\" <cause> & \\u001b[31m\"") |
		.title = \"</testsuites>\\u001b\""
}

test_expect_success 'no format lets hostile text through' '
	hostile &&
	test_expect_code 0 farrier -C ws report --color=never >out &&
	LC_ALL=C tr -d "\\n\\40-\\176\\200-\\377" <out >controls && ! test -s controls &&
	for format in junit ktap json kcidb; do
		farrier -C ws report -f $format >out.$format || return 1
		LC_ALL=C tr -d "\\n\\40-\\377" <out.$format >controls && ! test -s controls || return 1
		iconv -f UTF-8 -t UTF-8 out.$format >/dev/null || return 1
		test $(wc -c <out.$format) -lt 100000 || return 1
	done &&
	! grep "$(printf "\\177\\|\\342\\200\\256\\|\\302\\205")" out out.junit out.ktap
'

test_expect_success PYTHON 'junit is well-formed, its counts are right, and its text is what the log says' '
	cat >junit.py <<-\EOF &&
	import sys, xml.etree.ElementTree as tree
	root = tree.parse(sys.argv[1]).getroot()
	assert root.tag == "testsuites"
	suites = root.findall("testsuite")
	cases = root.findall("testsuite/testcase")
	assert [s.get("name") for s in suites] == ["linux-6.1.y", "linux-6.12.y"], suites
	assert len({c.get("name") for c in cases}) == len(cases), "names are unique"
	for suite in [root] + suites:
	    for total, element in ("failures", "failure"), ("errors", "error"), ("skipped", "skipped"):
	        found = len(suite.findall(".//" + element))
	        assert int(suite.get(total)) == found, (suite.get("name"), total, found)
	    assert int(suite.get("tests")) == len(suite.findall(".//testcase"))
	for case in cases:
	    assert {e.tag for e in case} <= {"failure", "error", "skipped", "system-out"}
	    print(case.get("classname"), case.get("name"), sep=": ")
	    for element in case:
	        print(element.tag, element.get("message"), element.text)
	EOF
	"$PYTHON" junit.py out.junit >texts &&
	grep -F "]]></system-out><failure message=\"x\">&amp;<!--" texts &&
	grep -F "NUL" texts && grep -F "\\x1b]0;title" texts &&
	for run in 1 2 4 5; do
		farrier -C ws report -f junit $run >out.junit
		"$PYTHON" junit.py out.junit >texts.$run || return 1
	done &&
	grep "^failure bad, the bug in 2 of 3 boots" texts.2 &&
	grep "^default.linux-6.12.y: linux-6.12.y with ev7-ipi, model on, 4 CPUs" texts.2 &&
	grep "^> *3  Oops 0" texts.2 &&
	test $(grep -c "^failure" texts.1) = 0 &&
	test $(grep -c "^skipped waiting" texts.4) = 10
'

test_expect_success 'ktap: a branch is a test, its cells are subtests, the evidence is before the result' '
	test_expect_code 1 farrier -C ws report -f ktap 2 >out &&
	grep -v "^  #" out >actual &&
	cat >expected <<-\EOF &&
	KTAP version 1
	1..2
	  KTAP version 1
	  1..5
	  ok 1 linux-6.1.y without ev7-ipi, model on, 2 CPUs
	  ok 2 linux-6.1.y without ev7-ipi, model on, 4 CPUs
	  ok 3 linux-6.1.y with ev7-ipi, model on, 2 CPUs
	  ok 4 linux-6.1.y with ev7-ipi, model on, 4 CPUs
	  ok 5 linux-6.1.y without ev7-ipi, model off, 2 CPUs
	ok 1 linux-6.1.y
	  KTAP version 1
	  1..5
	  ok 1 linux-6.12.y without ev7-ipi, model on, 2 CPUs
	  ok 2 linux-6.12.y without ev7-ipi, model on, 4 CPUs
	  ok 3 linux-6.12.y with ev7-ipi, model on, 2 CPUs
	  not ok 4 linux-6.12.y with ev7-ipi, model on, 4 CPUs
	  ok 5 linux-6.12.y without ev7-ipi, model off, 2 CPUs
	not ok 2 linux-6.12.y
	EOF
	test_cmp expected actual &&
	grep -B 15 "^  not ok 4" out | grep "^  # >      3  Oops 0" &&
	test_expect_code 4 farrier -C ws report -f ktap 4 >out &&
	test $(grep -c "^  ok [1-5] .* # SKIP waiting" out) = 10 &&
	! grep "forged" out.ktap | grep -v "^  #"
'

need_kernel mainline
test_expect_success KERNEL,PYTHON 'the kernel'"'"'s own parser of KTAP reads it without a complaint' '
	for file in parser printer; do
		git -C "$KERNEL" show "$REAL:tools/testing/kunit/kunit_$file.py" >kunit_$file.py || return 1
	done &&
	cat >read.py <<-\EOF &&
	import sys, kunit_parser, kunit_printer
	test = kunit_parser.parse_run_tests(open(sys.argv[1]), kunit_printer.stdout)
	assert test.counts.errors == 0, test.counts
	assert [len(branch.subtests) for branch in test.subtests] == [5, 5]
	print(test.status.name, test.counts.passed, test.counts.failed, test.counts.skipped)
	EOF
	"$PYTHON" read.py out.ktap | tail -n 1 >>actual.counts &&
	farrier -C ws report -f ktap 1 >good && "$PYTHON" read.py good | tail -n 1 >>actual.counts &&
	test_expect_code 1 farrier -C ws report -f ktap 2 >bad && "$PYTHON" read.py bad | tail -n 1 >>actual.counts &&
	test_expect_code 4 farrier -C ws report -f ktap 4 >open && "$PYTHON" read.py open | tail -n 1 >>actual.counts &&
	cat >expected.counts <<-\EOF &&
	SUCCESS 10 0 0
	SUCCESS 10 0 0
	FAILURE 9 1 0
	SKIPPED 0 0 10
	EOF
	test_cmp expected.counts actual.counts
'

need_shared $SCHEMA
cat >validate.py <<'EOF'
import json, sys, jsonschema
schema, document = (json.load(open(name)) for name in sys.argv[1:])
jsonschema.validate(document, schema, format_checker=jsonschema.FormatChecker())
for kind, parent in ("builds", "checkouts"), ("tests", "builds"):
    ids = {item["id"] for item in document[parent]}
    for item in document[kind]:
        assert item[parent[:-1] + "_id"] in ids, item
for kind in "checkouts", "builds", "tests":
    ids = [item["id"] for item in document[kind]]
    assert len(set(ids)) == len(ids), kind
EOF

test_expect_success PYTHON,SHARED 'kcidb: valid by its schema, also with hostile text and half a run' '
	for run in 1 2 4 5 7; do
		farrier -C ws report -f kcidb --origin=my_lab $run >kcidb.$run
		"$PYTHON" validate.py "$FARRIER_SHARED/$SCHEMA" kcidb.$run || return 1
	done
'

test_expect_success PYTHON,SHARED 'kcidb: the validator does see what is wrong' '
	for wrong in ".tests[0].status = \"GOOD\"" ".builds[0].id = \"no origin\"" \
		".checkouts[0].git_commit_hash = \"1234\"" ".version.minor = 4" \
		".tests[0].log_excerpt = (\"x\" * 16385)" ".tests[0].more = 1" \
		".tests[0].build_id = \"my_lab:other\"" "del(.tests[0].origin)"; do
		jq "$wrong" kcidb.1 >wrong.json &&
		! "$PYTHON" validate.py "$FARRIER_SHARED/$SCHEMA" wrong.json 2>/dev/null || return 1
	done
'

test_expect_success 'kcidb: every boot is a test of its build, with its own verdict' '
	test_expect_code 1 farrier -C ws report -f kcidb --origin=my_lab 2 >out &&
	jq -e "(.checkouts | length) == 4 and (.builds | length) == 4 and (.tests | length) == 30" out &&
	jq -e "all(.checkouts[], .builds[], .tests[]; .origin == \"my_lab\" and (.id | startswith(\"my_lab:\")))" out &&
	jq ".tests[] | select(.misc.farrier.cell == \"linux-6.12.y/series/on/branch/clipper/4\")" out >cell &&
	jq -s -e "map(.status) == [\"PASS\", \"FAIL\", \"FAIL\"]" cell &&
	jq -s -e ".[1].log_excerpt | contains(\">      3  Oops 0\")" cell &&
	jq -s -e ".[1] | .duration == 12.5 and .start_time == \"2026-11-22T15:02:00Z\" and .environment.misc.cpus == 4" cell &&
	jq -e ".builds[0] | .status == \"PASS\" and .architecture == \"alpha\" and .duration == 100" out
'

test_expect_success 'kcidb: the same boots have the same ids in a later run' '
	farrier -C ws report -f kcidb 1 >first && add_run 8 ".started = \"2027-01-01T00:00:00Z\"" &&
	farrier -C ws report -f kcidb 8 >second &&
	jq "[.checkouts, .builds, .tests | map(.id)]" first >expected &&
	jq "[.checkouts, .builds, .tests | map(.id)]" second >actual &&
	test_cmp expected actual
'

test_expect_success 'kcidb: a commit is named when it is one that others have, a snapshot is not' '
	git init -q repo && git -C repo commit -q --allow-empty -m "a commit" &&
	true_id=$(git -C repo rev-parse HEAD) &&
	git -C repo commit -q --allow-empty -m "a tree

Farrier-Snapshot: linux-source-6.12 6.12.117" &&
	snapshot=$(git -C repo rev-parse HEAD) &&
	printf "[kernel]\n\trepo = %s\n" "$PWD/repo" >ws/farrier.conf &&
	add_run 8 ".branches[0].base = \"$true_id\" | .branches[1].base = \"$snapshot\"" &&
	farrier -C ws report -f kcidb >out &&
	jq -e ".checkouts[0] | .git_commit_hash == \"$true_id\" and (.git_repository_url | startswith(\"https://\"))" out &&
	jq -e ".checkouts[2] | has(\"git_commit_hash\") or has(\"git_repository_url\") | not" out
'

test_expect_success 'kcidb: what was not ported is no valid checkout, and what did not build is FAIL' '
	add_run 8 ".builds[1].status = \"not-ported\" | .builds[1].reason = \"patch 2 is in conflict\" |
		.builds[3].status = \"failed\" | .builds[3].reason = \"kernel/smp.c:57: error\" |
		.cells |= map(if .variant == \"series\" then .boots = [] | .state = \"not-built\" else . end)" &&
	test_expect_code 1 farrier -C ws report -f kcidb >out &&
	jq -e "[.checkouts[].valid] == [true, false, true, true]" out &&
	jq -e "[.builds[].status] == [\"PASS\", \"PASS\", \"FAIL\"]" out &&
	jq -e ".builds[2].log_excerpt | startswith(\"kernel/smp.c:57: error\")" out
'

test_expect_success 'a log that is a pipe, a folder or a link is not read' '
	log=$(log_of $FAULT 1) && rm -f "$log" && add_run 9 &&
	mkfifo "$log" && report && grep "its log is no file" out &&
	rm "$log" && mkdir "$log" && report && grep "its log is no file" out &&
	rmdir "$log" && echo secret >secret && ln -s "$PWD/secret" "$log" &&
	report && ! grep secret out && grep "its log cannot be opened" out
'

test_expect_success 'unknown formats and origins are named' '
	test_expect_code 2 farrier -C ws report --format=pdf 2>err &&
	grep "no format .pdf.; there are: text, json, junit, ktap, kcidb" err &&
	test_expect_code 2 farrier -C ws report --origin=My-Lab 2>err &&
	grep "an origin is of small letters" err
'

test_done
