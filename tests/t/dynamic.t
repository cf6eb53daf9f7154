#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='libcurl and libarchive are loaded by what needs them, and missed by nothing else'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

# Files that are no libraries stand before the real ones.
mkdir broken old && echo x >broken/libcurl.so.4 && echo x >broken/libarchive.so.13 &&
farrier init ws >/dev/null || exit 1

# without FOLDER ARG...: farrier with the libraries of a folder in place of the real ones
without () {
	(LD_LIBRARY_PATH=$PWD/$1 && export LD_LIBRARY_PATH && shift && exec "$FARRIER" "$@")
}

# refused LIBRARY PACKAGE ARG...: exit 3, one line that names the library, a hint that names the package
refused () {
	refused_library=$1 refused_package=$2
	shift 2
	test_expect_code 3 without broken -q "$@" >out 2>err || { cat err; return 1; }
	! test -s out && test "$(wc -l <err)" = 2 &&
	grep "cannot load the library .$refused_library.: " err &&
	grep "^hint: apt-get install $refused_package$" err
}

test_expect_success 'the program is linked with neither' '
	readelf -d "$FARRIER" | grep NEEDED >needed &&
	grep -F libgit2 needed &&
	! grep -e libcurl -e libarchive needed
'

test_expect_success 'what needs neither works without them' '
	without broken --version &&
	without broken -C ws list &&
	without broken init new &&
	printf "Linux version 6\n" >log && test_expect_code 4 without broken judge log
'

test_expect_success 'import from a server says that libcurl lacks, and shows no password' '
	refused libcurl.so.4 libcurl4 -C ws import 0@x &&
	refused libcurl.so.4 libcurl4 -C ws import http://u:secret@127.0.0.1:1/0@x/ &&
	! grep secret err &&
	! test -e ws/.farrier/import
'

test_expect_success 'tree import from a tarball says that libarchive lacks' '
	mkdir linux-9.9 && printf "VERSION = 9\nPATCHLEVEL = 9\nSUBLEVEL = 2\n" >linux-9.9/Makefile &&
	tar -cf linux.tar linux-9.9 &&
	refused libarchive.so.13 libarchive13 -C ws tree import linux-6.12.y --tarball linux.tar
'

test_expect_success 'a library without a function that is called is told from none' '
	echo "int nothing;" >nothing.c && gcc -shared -fPIC -o old/libcurl.so.4 nothing.c &&
	test_expect_code 3 without old -q -C ws import 0@x 2>err &&
	grep "library .libcurl.so.4. has no function .curl_" err &&
	grep "^hint: .*apt-get install libcurl4$" err
'

test_expect_success 'doctor names both with their packages' '
	test_expect_code 3 without broken -C ws doctor >out &&
	grep "^missing  *libcurl .*apt-get install libcurl4" out &&
	grep "^missing  *libarchive .*apt-get install libarchive13" out &&
	{ farrier -C ws doctor >out || test $? -eq 3; } &&
	grep "^ok  *libcurl " out && grep "^ok  *libarchive " out
'

test_done
