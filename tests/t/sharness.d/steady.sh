# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The toy world of toy.sh, where every boot comes out the same each time: whatever happens
# to a run of it, in the end it has to leave the record of the undisturbed run. What
# compiler and emulator begin stands in $XDG_CACHE_HOME/{built,booted}.

# steady_world: workspace 'ws' with the matrix 'small' of eight cells and four kernels. The
# image holds the kernel's text and the config.
steady_world () {
	steady_tab=$(printf '\t')
	toy_world &&
	sed -i '/^vmlinux/,$d' linux/Makefile &&
	cat >>linux/Makefile <<-EOF &&
	vmlinux:
	${steady_tab}@{ cat kernel/head; sed "s/^/say /" \$(O)/.config; cat kernel/fault kernel/tail; } >\$(O)/new
	${steady_tab}@sha1sum <\$(O)/new >>$XDG_CACHE_HOME/built
	${steady_tab}@echo "  LD      vmlinux"; sleep 0.05; mv \$(O)/new \$(O)/vmlinux
	EOF
	echo "wait 0.02" >>linux/kernel/head &&
	git -C linux commit -qam "toy: notes" && git -C linux tag -f base >/dev/null && toy_branch toy &&
	sed -i "s|^echo .*|echo \$\$ >>$XDG_CACHE_HOME/booted|" bin/emulator &&
	toy_model && toy_fix &&
	echo CONFIG_DEBUG=y >ws/kernels/configs/debug.config &&
	cat >ws/kernels/matrix/small.conf <<-\EOF
	[matrix]
		series = fix
		model = model
		seconds = 1
		clean-rate = 10%
		bad-rate = 70%
		error = 5%
		max-boots = 8
		config = branch, debug
		cpus = 2
	[cells "all"]
		variant = base, series
		model = on, off
	EOF
}

# steady_forget: no kernel, no boot, no record.
steady_forget () {
	rm -rf ws/.farrier "$XDG_CACHE_HOME/farrier" "$XDG_CACHE_HOME/built" "$XDG_CACHE_HOME/booted" \
		"$XDG_CACHE_HOME/memory"
}

steady_logs () {
	(cd ws/.farrier/boots && find . -name console.log -exec sha1sum {} +) | sort
}

steady_images () {
	(cd "$XDG_CACHE_HOME/farrier/build" && find . -name image -exec sha1sum {} +) | sort
}

# steady_record: the record of the first run, without times.
steady_record () {
	"$FARRIER_SOURCE/tests/standin/witness" record "ws/.farrier/runs/0001/run.json"
}

# steady_run: the undisturbed run, of 22 boots; what it leaves is expected from then on.
steady_run () {
	steady_forget && farrier -C ws -q run small >out &&
	steady_record >expected.json && steady_logs >expected.logs && steady_images >expected.images &&
	test "$(wc -l <"$XDG_CACHE_HOME/built")" = 4 && test "$(wc -l <"$XDG_CACHE_HOME/booted")" = 22 &&
	jq -e '.answer == "good"' ws/.farrier/runs/0001/run.json >/dev/null
}

# steady_look: what was finished at the last look is there, unchanged, and was not done again.
steady_look () {
	"$FARRIER_SOURCE/tests/standin/witness" look "$XDG_CACHE_HOME/memory" ws \
		"$XDG_CACHE_HOME/farrier" "$XDG_CACHE_HOME/built"
}

# steady_end: there is one run, and it left what is expected.
steady_end () {
	ls ws/.farrier/runs >actual.runs && echo 0001 >expected.runs && test_cmp expected.runs actual.runs &&
	steady_record >actual.json && test_cmp expected.json actual.json &&
	steady_logs >actual.logs && test_cmp expected.logs actual.logs &&
	steady_images >actual.images && test_cmp expected.images actual.images
}

# steady_left: the emulators that are left of those that were started.
steady_left () {
	while read -r pid; do
		! kill -0 "$pid" 2>/dev/null || echo "$pid"
	done <"$XDG_CACHE_HOME/booted"
}

steady_gone () {
	wait_for "test -z \"\$(steady_left)\""
}
