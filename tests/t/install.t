#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='make install, and bash completion'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

test_expect_success 'make install honours prefix and DESTDIR' '
	make -C "$FARRIER_SOURCE" install PREFIX=/opt/x DESTDIR="$PWD/dest" >log 2>&1 &&
	test -x dest/opt/x/bin/farrier &&
	test -f dest/opt/x/share/farrier/kernels/arches/alpha.conf &&
	test -f dest/opt/x/share/man/man1/farrier.1 &&
	test -f dest/opt/x/share/bash-completion/completions/farrier &&
	! find dest -type f | grep -v "^dest/opt/x/"
'

test_expect_success 'an installed farrier makes workspaces from its own data, wherever it is' '
	mv dest/opt/x moved &&
	moved/bin/farrier init new &&
	test -f new/kernels/arches/alpha.conf
'

# complete WORD...: what is offered behind "farrier WORD..."
complete_words () {
	PATH=$PWD/bin:$PATH bash -c "
		. \"\$FARRIER_SOURCE/cmd/completion.bash\"
		compopt () { :; }
		COMP_WORDS=(farrier \"\$@\") COMP_CWORD=\$#
		_farrier && printf \"%s\n\" \"\${COMPREPLY[@]}\"
	" bash "$@" | sort
}

test_expect_success 'completion offers commands, options and branches' '
	mkdir bin && ln -s "$FARRIER" bin/farrier &&
	farrier init ws && cd ws &&
	PATH=$PWD/../bin:$PATH &&
	complete_words "" >out && grep -x doctor out &&
	complete_words init --ver >out && grep -x -e --version out &&
	complete_words port x --onto linux-6.12 >out && grep -x linux-6.12.y out
'

test_done
