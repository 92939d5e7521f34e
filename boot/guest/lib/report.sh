# SPDX-License-Identifier: GPL-2.0
# How a guest reports: lines of KTAP on descriptor 3, made by the kernel's own ktap_helpers.sh.
# shellcheck shell=dash disable=SC2154

PATH=/bin:/sbin:/usr/bin:/usr/sbin
tmp=$ROOT/tmp copy=$ROOT/report.copy	# what has been said, for the counts of the verdict
indent=''
. "$ROOT/lib/ktap_helpers.sh"

# the console gets a copy, for its time stamps
say() {
	printf '%s%s\n' "$indent" "$*" >&3
	printf '%s%s\n' "$indent" "$*" >> "$copy"
	[ -n "$ROOT" ] || printf 'init: %.900s\n' "$*" > /dev/kmsg
}
say_file() { sed "s/^/$indent/" "$1" >&3; sed "s/^/$indent/" "$1" >> "$copy"; }
info() { say "# info $*"; }

# what gcov has counted so far, packed; boot/run takes it out of the report
say_counts() {
	local file
	[ -d /sys/kernel/debug/gcov ] || return 0
	find /sys/kernel/debug/gcov -name '*.gcda' | while read -r file; do
		mkdir -p "/tmp/gcov/${file%/*}" && cat "$file" > "/tmp/gcov/$file"
	done
	{ echo -; tar -C /tmp/gcov -cf - . | gzip | base64; } | sed 's/^/# gcov /' >&3
}

subtest() { # NAME
	indent="$indent    "
	say "KTAP version 1"
	say "# Subtest: $1"
}

# plan N: how many cases follow; each step says it first
plan() {
	ktap_set_plan "$1" > "$tmp/line"
	say "$(cat "$tmp/line")"
}

# told RESULT NAME: one case, as ktap_helpers.sh counts it; set -f, for that file quotes nothing
told() {
	set -f
	"ktap_test_$1" "$2" > "$tmp/line"
	set +f
	say "$(cat "$tmp/line")"
}

# check NAME CMD...: one case
check() {
	local name=$1
	shift
	if [ ! -e "$ROOT/faulted" ]; then
		: > "$ROOT/faulted"
		case $fault in
		count)	"$@"; return ;;
		fail)	told fail "$name # $*"; return 1 ;;
		die)	exit 7 ;;
		esac
	fi
	if "$@"; then
		told pass "$name"
	else
		told fail "$name # $(echo "$*" | tr '\n' ' ')"
		return 1
	fi
}

# with_reason CMD...: the error message goes into the report
with_reason() {
	"$@" 2> "$tmp/why" && return
	info why "$*: $(tr "\n" " " < "$tmp/why")"
	return 1
}

# stretched SECONDS: what they are on this machine
stretched() { echo $(($1 * ${stretch:-100} / 100)); }
now() { cut -d . -f 1 /proc/uptime; }

# within SECONDS CMD...: try again until it works
within() {
	local end given
	given=$(stretched "$1")
	end=$(($(now) + given))
	shift
	until "$@" > /dev/null 2>&1; do
		[ "$(now)" -lt "$end" ] || { info cut "after $given s: $*"; return 1; }
		sleep 1
	done
}

# the plan of TAP, the verdict of edu_test, or the totals of kselftest, of which so many have to be skipped
ends_well() {
	case $1 in
	"1..$2" | "# verdict pass=$2 fail=0" | "# Totals: pass:$(($2 - ${3:-0})) fail:0 xfail:0 xpass:0 skip:${3:-0} error:0") ;;
	*) return 1 ;;
	esac
}

# relay NAME FILE [SKIPPED]: another report becomes a subtest, and its end has to agree with its cases. Two cases.
relay() {
	local cases=0 end=none rc=pass outer=$indent
	cases=$(grep -c -E '^ *(not )?ok ' "$2")
	end=$(tail -n 1 "$2")
	! grep -q '^ *not ok ' "$2" || rc=fail
	if [ "$(head -n 1 "$2")" = "KTAP version 1" ]; then
		indent="$indent    "
		sed "1s/\$/\n# Subtest: $1/" "$2" > "$tmp/relayed"
	else
		subtest "$1"
		say "1..$cases"
		grep -v '^1\.\.' "$2" | sed '/^ *ok \|^ *not ok \|^#/!s/^/# /' > "$tmp/relayed"
	fi
	say_file "$tmp/relayed"
	indent=$outer
	told $rc "$1"
	check "$1: the report is whole" ends_well "$end" "$cases" "$3"
}
