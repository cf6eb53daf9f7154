#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier port: patches that mean harm are refused, and nothing is written'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

head_of_mail () {
	printf "%s\n" "From: A <a@example.com>" "Date: Thu, 1 Feb 2024 10:00:00 +0000" \
		"Subject: [PATCH] change" "" "Why." "---"
}

# refused WORDS: the diff on standard input is refused with these words, and no ref is written
refused () {
	{ head_of_mail && cat; } >mail &&
	test_expect_code 2 farrier port --repo repo --onto base --mbox mail --ref x >out 2>err &&
	test_must_be_empty out && grep -e "$1" err && nothing_written
}

# conflicts WORDS: the same for what is no bad input, but fits no tree
conflicts () {
	{ head_of_mail && cat; } >mail &&
	test_expect_code 1 farrier port --json --repo repo --onto base --mbox mail --ref x >out &&
	jq -r ".ports[0].patches[].conflicts[].reason" out >reasons && grep -e "$1" reasons &&
	nothing_written
}

nothing_written () {
	test_must_fail git -C repo rev-parse -q --verify refs/farrier/port/x &&
	git -C repo status --porcelain >changes && test_must_be_empty changes
}

# new_file PATH: a diff that makes it
new_file () {
	printf "diff --git \"a/%s\" \"b/%s\"\nnew file mode 100644\n" "$1" "$1"
	printf -- "--- /dev/null\n+++ \"b/%s\"\n@@ -0,0 +1 @@\n+x\n" "$1"
}

test_expect_success 'set up' '
	git init -q -b base repo && seq 40 >repo/f && mkdir repo/dir && echo x >repo/dir/x &&
	ln -s /tmp repo/link && ln -s dir repo/inner && seq 1 3000 | gzip -n >repo/bin &&
	git -C repo add -A && git -C repo commit -q -m base
'

test_expect_success 'paths out of the tree' '
	for path in ../x dir/../../x /etc/passwd /dev/sda ./x dir/./x dir//x dir/
	do
		new_file "$path" | refused "line 7: path" || return 1
	done
'

test_expect_success 'paths into a repository, as Linux, macOS and Windows spell them' '
	zwnj=$(printf "\342\200\214") && bom=$(printf "\357\273\277") &&
	for path in .git/hooks/x .GIT/config dir/.git/config .git. ".git " .git::\$INDEX_ALLOCATION/x \
		git~1/config GIT~2 ".g${zwnj}it/config" ".git${bom}/x" "${bom}.Git" \
		"dir\\\\\\\\.git\\\\\\\\config" .git...:x
	do
		new_file "$path" | refused "repository" || return 1
	done
'

test_expect_success 'names that only look like that' '
	{ head_of_mail && for path in .gitignore dir/.gitattributes git git~ aux.c con dir/nul.h ...
	do
		new_file "$path" || return 1
	done; } >mail &&
	farrier port --repo repo --onto base --mbox mail
'

test_expect_success 'a renamed or copied path is looked at as well' '
	printf "%s\n" "diff --git a/f b/g" "similarity index 100%" "rename from f" \
		"rename to .git/hooks/x" | refused "repository" &&
	printf "%s\n" "diff --git a/f b/g" "similarity index 100%" "copy from ../../etc/passwd" \
		"copy to g" | refused "leaves the tree"
'

test_expect_success 'control characters, a NUL and names without end' '
	new_file "a\\033[31m" | refused "control character" &&
	new_file "a\\nb" | refused "control character" &&
	new_file "a\\177" | refused "control character" &&
	printf -- "--- /dev/null\n+++ b/a\0b\n@@ -0,0 +1 @@\n+x\n" | refused "NUL" &&
	new_file "$(printf "%0300d" 0)" | refused "no file system" &&
	new_file "$(yes dir | head -2000 | tr "\n" /)x" | refused "too long"
'

test_expect_success 'what is said of a hostile name is printable' '
	new_file "a\\033[31mb" >diff && { head_of_mail && cat diff; } >mail &&
	test_must_fail farrier port --repo repo --onto base --mbox mail 2>err &&
	! grep "$(printf "\033")" err
'

test_expect_success 'nothing goes through a link, into or out of the tree' '
	new_file link/x | conflicts "file or link" &&
	new_file inner/y | conflicts "file or link" &&
	printf "%s\n" "diff --git a/link b/link" "--- a/link" "+++ b/link" "@@ -1 +1 @@" "-/tmp" "+x" |
		conflicts "another kind of file" &&
	{ printf "%s\n" "diff --git a/l b/l" "new file mode 120000" "--- /dev/null" "+++ b/l" \
		"@@ -0,0 +1 @@" "+/etc" "\\ No newline at end of file" && new_file l/x; } >diff &&
	{ head_of_mail && cat diff; } >mail &&
	test_expect_code 2 farrier port --repo repo --onto base --mbox mail --ref x 2>err &&
	nothing_written
'

test_expect_success 'devices, sockets and modes that git does not have' '
	for mode in 060644 020644 010644 140755 040000 0100 777777777777
	do
		new_file dev | sed "s/100644/$mode/" | refused "file mode" || return 1
	done
'

test_expect_success 'a link in place of the list of submodules' '
	for path in .gitmodules dir/.gitmodules .GitModules "GITMOD~1"
	do
		new_file "$path" | sed "s/100644/120000/" | refused "as a link" || return 1
	done
'

# hunk HEADER LINE...: a change of "f"
hunk () {
	printf "%s\n" "--- a/f" "+++ b/f" "$@"
}

test_expect_success 'hunks that lie about their length, place or order' '
	hunk "@@ -1,2147483647 +1 @@" -1 +x | refused "hunk" &&
	hunk "@@ -1,99999999999999999999 +1 @@" -1 +x | refused "hunk" &&
	hunk "@@ -1,100000000 +1 @@" -1 +x | refused "promises" &&
	hunk "@@ -4294967297 +1 @@" -1 +x | refused "hunk" &&
	hunk "@@ -1,3 +1 @@" -1 +x | refused "promises 2 more old" &&
	hunk "@@ -1 +1 @@" -1 +x +y | refused "more lines" &&
	hunk "@@ -0 +1 @@" -1 +x | refused "line 0" &&
	hunk "@@ -3,3 +3,3 @@" " 3" -4 +x " 5" "@@ -4,2 +4,2 @@" " 4" -5 +y | refused "overlaps" &&
	hunk "@@ -9 +9 @@" -9 +x "@@ -2 +2 @@" -2 +y | refused "overlaps"
'

test_expect_success 'hunks behind the end of a file fit nowhere' '
	hunk "@@ -99999999 +99999999 @@" -nowhere +x | conflicts "not in the branch"
'

test_expect_success 'binary data without end, or that is not what it says' '
	cat >bomb.pl <<-\EOF &&
	use Compress::Zlib;
	my @digits = (0 .. 9, "A" .. "Z", "a" .. "z", split //, "!#\$%&()*+-;<=>?@^_`{|}~");
	sub word {
		my ($n) = unpack "N", shift;
		return join "", map { $digits[int($n / 85 ** $_) % 85] } 4, 3, 2, 1, 0;
	}
	sub lines {
		my ($data, $out) = (shift, "");
		while (length $data) {
			my $part = substr $data, 0, 52, "";
			my $size = length $part;
			$out .= chr($size <= 26 ? 64 + $size : 70 + $size);
			$part .= "\0" x (-$size % 4);
			$out .= word($_) for unpack "(a4)*", $part;
			$out .= "\n";
		}
		return "$out\n";
	}
	sub zeros { return lines(compress("\0" x (65 << 20), 1)); }
	my $delta = "\xb8\x17\xff\xff\xff\xff\x0f" . "\x80" x 10; # makes 4 GiB of 3,000 bytes
	my %forward = (
		long => sub { "literal " . (65 << 20) . "\n" . zeros() },
		lies => sub { "literal 10\n" . zeros() },
		short => sub { "literal 5000000\n" . lines(compress("a")) },
		delta => sub { "delta " . length($delta) . "\n" . lines(compress($delta)) },
		garbage => sub { "literal 10\n" . lines("this is not packed at all") },
		number => sub { "literal 99999999999999999999999\n" . lines(compress("a")) },
		other => sub { "literal 1\n" . lines(compress("b")) },
	);
	print "diff --git a/bin b/bin\nindex 1234567..89abcde 100644\nGIT binary patch\n",
		$forward{$ARGV[0]}->(), "literal 1\n", lines(compress("a"));
	EOF
	perl bomb.pl long | refused "unpacks to too much" &&
	perl bomb.pl lies | refused "not as long as it says" &&
	perl bomb.pl short | refused "not as long as it says" &&
	perl bomb.pl delta | refused "makes too much" &&
	perl bomb.pl garbage | refused "not as long as it says" &&
	perl bomb.pl number | refused "cannot be decoded" &&
	perl bomb.pl other | refused "does not make what the index line names"
'

test_expect_success 'a binary patch that never ends' '
	{ printf "%s\n" "diff --git a/bin b/bin" "index 1234567..89abcde" "GIT binary patch" \
		"literal 10" && yes zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz | head -100000; } |
		refused "binary"
'

test_expect_success 'more files, hunks or lines than any patch has' '
	perl -e "print \"--- a/f\$_\n+++ b/f\$_\n@@ -1 +1 @@\n-a\n+b\n\" for 1..20001" |
		refused "more than 20000 files" &&
	{ printf "%s\n" "--- a/f" "+++ b/f" &&
	perl -e "print \"@@ -\$_ +\$_ @@\n-a\n+b\n\" for 1..250001"; } | refused "more than 250000 hunks" &&
	{ printf "%s\n" "--- a/f" "+++ b/f" "@@ -1,6000000 +1,6000000 @@" &&
	perl -e "print \" \n\" x 6000000"; } | refused "more than 5000000 lines"
'

test_expect_success 'a mail of 100 MB' '
	{ head_of_mail && perl -e "print \"x\" x 79, \"\n\" for 1..1310720"; } >mail &&
	test_expect_code 2 farrier port --repo repo --onto base --mbox mail --ref x 2>err &&
	grep "larger than 64 MiB" err && nothing_written
'

test_expect_success 'a mail of 300 MB is not even read' '
	truncate -s 300M mail &&
	test_expect_code 2 farrier port --repo repo --onto base --mbox mail --ref x 2>err &&
	grep "larger than" err
'

test_expect_success 'a file that is named again and again' '
	git -C repo checkout -q -b large && perl -e "print \"x\" x 90000000" >repo/large &&
	git -C repo add -A && git -C repo commit -q -m large && git -C repo checkout -q base &&
	{ head_of_mail && perl -e "print \"--- a/large\n+++ b/large\n@@ -1 +1 @@\n-nowhere\n+x\n\" for 1..13"; } >mail &&
	test_expect_code 2 farrier port --repo repo --onto large \
		--mbox mail --ref x 2>err &&
	grep "more than 1024 MiB" err && nothing_written
'

test_done
