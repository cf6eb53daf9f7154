// SPDX-License-Identifier: GPL-2.0
/*
 * The style sheet and the script are files that one can open and edit; the
 * assembler puts them, and their hashes from the Makefile, into the program.
 */
#include "report_html_part.h"

#define EMBED(name, file)                                             \
	__asm__(".pushsection .rodata, \"a\", @progbits\n"            \
		".globl " #name "\n" #name ": .incbin \"" file "\"\n" \
		".globl " #name "_end\n" #name "_end: .byte 0\n"      \
		".popsection\n")

EMBED(html_css, "report.css");
EMBED(html_css_hash, "report.css.hash");
EMBED(html_js, "report.js");
EMBED(html_js_hash, "report.js.hash");
