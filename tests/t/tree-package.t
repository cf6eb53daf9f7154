#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier tree import finds, fetches and imports Debian packages'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

REF=refs/farrier/tree/b
CACHE=$XDG_CACHE_HOME/farrier
REPO=$CACHE/linux.git

# A system with apt, made of files in $HOME: targets, madison, own-madison (what the
# mirror has for a suite of farrier's own), installed, pool/. All calls go to apt.log.
mkdir bin pool &&
cat >bin/apt-get <<-'EOF' &&
	#!/bin/sh
	echo "apt-get $*" >>"$HOME/apt.log"
	for arg; do
		case $arg in
		Dir::State::Lists=*)
			lists=${arg#*=} ;;
		indextargets)
			exec cat "$HOME/targets" ;;
		update)
			test -e "$HOME/offline" && {
				echo "E: Failed to fetch the lists  Could not resolve the mirror" >&2
				echo "E: Some index files failed to download." >&2
				exit 100
			}
			: >"$lists/fetched" ;;
		*=[0-9]*)
			test -e "$HOME/offline" && {
				echo "E: Failed to fetch $arg  Could not resolve the mirror" >&2
				exit 100
			}
			exec cp "$HOME/pool/$(echo "$arg" | sed "s/=/_/")_all.deb" . ;;
		esac
	done
	exit 0
EOF
cat >bin/apt-cache <<-'EOF' &&
	#!/bin/sh
	echo "apt-cache $*" >>"$HOME/apt.log"
	list=$HOME/madison
	for arg; do
		case $arg in
		Dir::State::Lists=*)
			list=/dev/null
			test -e "${arg#*=}/fetched" && list=$HOME/own-madison ;;
		show)
			printf "Package: x\nSize: %s\n" "$(cat "$HOME/size")"
			exit 0 ;;
		esac
	done
	for name; do :; done
	grep "^ *$name |" "$list"
	exit 0
EOF
cat >bin/dpkg-query <<-'EOF' &&
	#!/bin/sh
	case $1 in
	-W)	for name; do :; done
		grep -s "^$name " "$HOME/installed" | cut -d" " -f2- | grep . ;;
	-L)	echo /usr/share/doc; echo "$HOME/root/usr/src/linux-source-9.9.tar.xz" ;;
	esac
EOF
chmod +x bin/* &&
PATH=$PWD/bin:$PATH

cat >targets <<-'EOF'
	stable stable http://vendor.example/apt/ Vendor
	bookworm bookworm http://mirror.example/debian/ Debian
	bookworm-security bookworm-security http://mirror.example/security/ Debian-Security
EOF
echo 1000 >size

# offer FILE VERSION [SUITE]: one more version, older than those before.
offer () {
	echo " linux-source-9.9 | $2 | http://mirror.example/debian ${3:-bookworm}/main amd64 Packages" >>"$1"
}

# make_deb VERSION: a package in the pool, whose kernel is of that version.
make_deb () {
	rm -rf deb && mkdir -p deb/usr/src deb/linux-source-9.9 && echo 2.0 >deb/debian-binary &&
	printf "VERSION = 9\nPATCHLEVEL = 9\nSUBLEVEL = %s\n" "$1" >deb/linux-source-9.9/Makefile &&
	(
		cd deb && touch -d "2024-01-0$1 UTC" linux-source-9.9/Makefile linux-source-9.9 &&
		tar -cJf usr/src/linux-source-9.9.tar.xz linux-source-9.9 &&
		tar -cJf data.tar.xz ./usr && echo >control && tar -cJf control.tar.xz ./control &&
		ar rcS pkg.deb debian-binary control.tar.xz data.tar.xz
	) &&
	cp deb/pkg.deb "pool/linux-source-9.9_9.9.$1-1_all.deb"
}

import () {
	: >apt.log
	farrier -C ws tree import b "$@"
}

# fresh [LINE]...: an empty repository and cache, and a branch with these lines in its conf.
fresh () {
	rm -rf "$CACHE" ws/kernels/branches/* offline installed root &&
	printf "[branch]\n\tref = %s\n\tarch = alpha\n\tconfig = alpha-smp\n" "$REF" >ws/kernels/branches/b.conf &&
	for line; do
		printf "\t%s\n" "$line" >>ws/kernels/branches/b.conf
	done
}

snapshot () {
	git --git-dir="$REPO" log -1 --format="%(trailers:key=Farrier-Snapshot,valueonly)" $REF | sed "/^$/d"
}

test_expect_success 'setup' '
	farrier init ws &&
	make_deb 1 && make_deb 2 && make_deb 3 &&
	offer madison 9.9.2-1 && offer madison 9.9.1-1
'

test_expect_success 'the newest version that the system offers is imported' '
	fresh "package = linux-source-9.9" &&
	import >out &&
	grep "^b: 9.9.2, snapshot of linux-source-9.9 9.9.2-1, commit" out &&
	echo linux-source-9.9 9.9.2-1 >wanted && snapshot >actual &&
	test_cmp wanted actual
'

test_expect_success 'the download is removed' '
	! ls "$CACHE/packages"
'

test_expect_success 'again there is nothing to do, and nothing is downloaded' '
	import >out &&
	grep "nothing to do, it has 9.9.2" out &&
	! grep download apt.log
'

test_expect_success 'with the version named, apt is not even asked' '
	import --package linux-source-9.9=9.9.2-1 >out &&
	grep "nothing to do" out &&
	! test -s apt.log
'

test_expect_success 'a newer version is imported when the system offers it' '
	test_when_finished "mv madison.old madison" &&
	cp madison madison.old && { offer new 9.9.3-1; cat madison.old >>new; mv new madison; } &&
	import >out &&
	grep "^b: 9.9.3," out
'

test_expect_success 'an older version is imported when it is named' '
	import --package linux-source-9.9=9.9.1-1 >out &&
	grep "^b: 9.9.1," out
'

test_expect_success 'a version that is not offered is refused, with those that are' '
	test_expect_code 2 import --package linux-source-9.9=9.9.7-1 2>err &&
	grep "has no version .9.9.7-1." err &&
	grep "^hint: there is: 9.9.2-1, 9.9.1-1" err
'

test_expect_success 'a package that is not offered is refused' '
	test_expect_code 2 import --package linux-source-8 2>err &&
	grep "no package .linux-source-8. in apt.s sources" err &&
	grep "^hint: .*apt-get update.*branch.suite" err
'

test_expect_success 'words that are no package never reach apt' '
	for word in -oX=y ../x "a b" "linux-source-9.9=\$(id)" "linux-source-9.9=-o"; do
		test_expect_code 2 import "--package=$word" 2>err || return 1
		grep "is no package" err || return 1
		! test -s apt.log || return 1
	done
'

test_expect_success 'a suite that the system has is asked there' '
	test_when_finished "rm madison && mv madison.old madison" &&
	cp madison madison.old && offer madison 9.9.3-1 sid &&
	fresh "package = linux-source-9.9" "suite = sid" &&
	import >out &&
	grep "^b: 9.9.3," out &&
	! grep update apt.log
'

test_expect_success 'another suite is asked on the mirror of the system, with lists of our own' '
	fresh "package = linux-source-9.9" "suite = sid" &&
	offer own-madison 9.9.3-1 sid &&
	import >out &&
	grep "^b: 9.9.3," out &&
	grep " http://mirror.example/debian/ sid main\$" "$CACHE/apt/sid/sources.list" &&
	grep update apt.log >updates && grep Dir::State::Lists="$CACHE/apt/sid/lists" updates &&
	grep Dir::Etc::sourcelist="$CACHE/apt/sid/sources.list" updates &&
	grep "download.*linux-source-9.9=9.9.3-1" apt.log | grep Dir::State::Lists=
'

test_expect_success 'a security suite is asked on the security mirror' '
	test_when_finished "rm own-madison" &&
	offer own-madison 9.9.1-1 bullseye-security &&
	fresh "package = linux-source-9.9" "suite = bullseye-security" &&
	import >out &&
	grep "^b: 9.9.1," out &&
	grep " http://mirror.example/security/ bullseye-security main\$" "$CACHE/apt/bullseye-security/sources.list"
'

test_expect_success 'a system without a security mirror says what to add' '
	test_when_finished "mv targets.old targets" &&
	cp targets targets.old && grep -v security targets.old >targets &&
	fresh "package = linux-source-9.9" "suite = bullseye-security" &&
	test_expect_code 3 import 2>err &&
	grep "no mirror that could have suite .bullseye-security." err &&
	grep "^hint: add the security suite" err
'

test_expect_success 'a suite that is none is refused' '
	fresh "package = linux-source-9.9" "suite = ../x" &&
	test_expect_code 2 import 2>err &&
	grep "is no suite" err
'

test_expect_success 'offline, the lists of the last time are used, with a warning' '
	offer own-madison 9.9.3-1 sid &&
	fresh "package = linux-source-9.9" "suite = sid" &&
	import &&
	: >offline &&
	import >out 2>err &&
	grep "nothing to do" out &&
	grep "^warning: .*Could not resolve the mirror" err
'

test_expect_success 'offline and without lists, the network is to blame, not the name' '
	fresh "package = linux-source-9.9" "suite = sid" && : >offline &&
	test_expect_code 3 import 2>err &&
	grep "Could not resolve the mirror" err
'

test_expect_success 'a download that fails is told with apt'"'"'s first words' '
	fresh "package = linux-source-9.9" && : >offline &&
	test_expect_code 3 import 2>err &&
	grep "cannot download linux-source-9.9 9.9.2-1: Failed to fetch .*Could not resolve" err &&
	! git --git-dir="$REPO" rev-parse -q --verify $REF
'

test_expect_success 'a package that no disk can hold is not downloaded' '
	test_when_finished "echo 1000 >size" &&
	fresh "package = linux-source-9.9" && echo 900000000000000 >size &&
	test_expect_code 3 import 2>err &&
	grep "not enough room for package" err &&
	! grep "download" apt.log
'

# installed VERSION N: the package is installed, with the kernel of pool number N.
installed () {
	mkdir -p root/usr/src && make_deb "$2" && cp deb/usr/src/* root/usr/src/ &&
	echo "linux-source-9.9 installed $1" >installed
}

test_expect_success 'an installed package is used when nothing newer is offered' '
	fresh "package = linux-source-9.9" && installed 9.9.2-1 2 &&
	import >out &&
	grep "^b: 9.9.2," out &&
	! grep download apt.log
'

test_expect_success 'it gives the same commit as the downloaded one' '
	git --git-dir="$REPO" rev-parse $REF >wanted &&
	fresh "package = linux-source-9.9" &&
	import && grep download apt.log &&
	git --git-dir="$REPO" rev-parse $REF >actual &&
	test_cmp wanted actual
'

test_expect_success 'an installed package is used when its version is named, or apt knows none' '
	fresh "package = linux-source-9.9" && installed 9.9.1-1 1 &&
	import --package linux-source-9.9=9.9.1-1 >out && grep "^b: 9.9.1," out &&
	! test -s apt.log &&
	test_when_finished "mv madison.old madison" && mv madison madison.old && : >madison &&
	fresh "package = linux-source-9.9" && installed 9.9.1-1 1 &&
	import >out && grep "^b: 9.9.1," out
'

test_expect_success 'a newer offer beats an older installed package' '
	fresh "package = linux-source-9.9" && installed 9.9.1-1 1 &&
	import >out &&
	grep "^b: 9.9.2," out
'

test_expect_success 'a package that was removed but not purged counts as none' '
	fresh "package = linux-source-9.9" && installed 9.9.9-1 1 &&
	echo "linux-source-9.9 config-files 9.9.9-1" >installed &&
	import >out &&
	grep "^b: 9.9.2," out
'

test_expect_success 'without apt it says what else can be done' '
	fresh "package = linux-source-9.9" && mkdir -p none &&
	(PATH=$PWD/none && test_expect_code 3 "$FARRIER" -C ws tree import b) 2>err &&
	grep "no apt on this machine" err &&
	grep "^hint: use --tarball or --git" err
'

test_done
