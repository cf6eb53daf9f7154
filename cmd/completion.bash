# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Completion of farrier's commands, options, series, branches and machines.
# What it offers comes from --help and from the workspace, so it cannot grow old.

_farrier_workspace() {
	local dir=$PWD
	while [ "$dir" != / ] && [ ! -f "$dir/farrier.conf" ]; do dir=$(dirname "$dir"); done
	printf '%s' "$dir"
}

_farrier_files() { # FOLDER SUFFIX: names of the workspace's files, without the suffix
	local file
	for file in "$(_farrier_workspace)/$1"/*"$2"; do
		[ -e "$file" ] && basename "$file" "$2"
	done
}

_farrier() {
	local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} verb='' i offer
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-C) i=$((i + 1)) ;;
		-*) ;;
		*) verb=${COMP_WORDS[i]}; break ;;
		esac
	done
	case $previous in
	-C | -o) compopt -o dirnames; return ;;
	--onto) offer=$(_farrier_files kernels/branches .conf) ;;
	--machine) offer=$(_farrier_files kernels/machines .conf) ;;
	--all-of) offer=$(farrier gc --all-of '' 2>&1 | sed -n 's/^hint: there are: //p' | tr -d ,) ;;
	--with | --model) offer=$(_farrier_files series '') ;;
	--color) offer='auto always never' ;;
	--format) offer='text json junit ktap kcidb' ;;
	--matrix) offer=$(_farrier_files kernels/matrix .conf) ;;
	*)
		if [[ $word == -* ]]; then
			offer=$(farrier ${verb:+"$verb"} --help 2>/dev/null | grep -oE -e '--[a-z-]+')
		elif [ -z "$verb" ]; then
			offer=$(farrier --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
		else
			case $verb in
			build | tree) offer=$(_farrier_files kernels/branches .conf) ;;
			resolve | check) offer="$(_farrier_files series '') $(_farrier_files kernels/branches .conf)" ;;
			gc | doctor | list) offer='' ;;
			lab) offer='devices submit wait logs cancel' ;;
			run) offer=$(_farrier_files kernels/matrix .conf) ;;
			judge | boot | init) compopt -o default; return ;;
			*) offer=$(_farrier_files series '') ;;
			esac
			[ "$verb" = tree ] && offer="import list $offer"
		fi
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$offer" -- "$word")
}

complete -F _farrier farrier
