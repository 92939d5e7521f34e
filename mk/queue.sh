# SPDX-License-Identifier: GPL-2.0
# The form of the queue, for save, check and mail: how commits become mails, and what is wrong with topics. After lib.sh.
# shellcheck shell=bash

# write_queue RANGE DIR: the commits as DIR/TOPIC/NNNN-subject.patch, and DIR/series
write_queue() {
	local commit topic before='' mail name n=0
	rm -rf "$2"; mkdir -p "$2"
	in_linux log --reverse --format='%H %(trailers:key=Topic,valueonly,separator=%x2C)' "$1" > "$2/.commits"
	while read -r commit topic; do
		[ "$topic" = "$before" ] || { n=0; echo "# $topic"; }
		before=$topic n=$((n + 1))
		mkdir -p "$2/$topic"
		mail=$(in_linux -c core.abbrev=40 format-patch -1 --zero-commit --no-renames --full-index --no-signature --no-numbered \
			--stat=72 --no-base --no-thread --no-attach --start-number="$n" -o "$2/$topic" "$commit")
		without_trailers < "$mail" > "$2/.mail"
		mv "$2/.mail" "$mail"
		name=${mail#"$2"/}
		echo "$name"
	done < "$2/.commits" > "$2/series"
	rm "$2/.commits"
}

# of a mail: takes off Topic:, and moves Run: below the line "---"
without_trailers() {
	awk '
	body && /^---$/ {
		for (n = held; n > 0 && line[n] == ""; n--);
		for (i = 1; i <= n; i++) print line[i]
		print
		for (i = 1; i <= runs; i++) print run[i]
		body = 0; done = 1; next
	}
	body && /^Topic: / { next }
	body && /^Run: / { run[++runs] = $0; next }
	body { line[++held] = $0; next }
	!done && /^$/ { body = 1 }
	{ print }'
}

# what is wrong with topics and their covers, a line each; of the commits of RANGE if there is one
topic_faults() {
	local topic dep seen='' commit all pairs
	if [ $# = 1 ]; then
		in_linux log --reverse --format='%h %s%x09%(trailers:key=Topic,valueonly,separator=%x2C)' "$1" |
			sed -n 's/^\(.*\)\t$/commit \1: no topic; add a line "Topic: NAME" to its message (git rebase -i base, reword)/p'
		all=$(in_linux log --reverse --format='%(trailers:key=Topic,valueonly,separator=%x2C)' "$1" | grep . | uniq)
	else
		all=$(topics)
	fi
	sort <<< "$all" | uniq -d | sed 's/$/: the commits of this topic are not together; reorder them with git rebase -i base/'
	sort -u <<< "$all" | while read -r topic; do
		[ -f "$TOP/patches/$topic/cover" ] || echo "patches/$topic/cover: missing; write one like those of other topics (Subject:, List:, Depends:, an empty line, text)"
		for field in Subject List; do
			sed -n '1,/^$/p' "$TOP/patches/$topic/cover" 2> /dev/null | grep -q "^$field: ." || echo "patches/$topic/cover: no line $field:"
		done
	done
	for topic in $all; do
		for dep in $(depends "$topic"); do
			grep -qxF "$dep" <<< "$all" || { echo "patches/$topic/cover: depends on $dep, which is no topic; there are: ${all//$'\n'/ }"; continue; }
			grep -qxF "$dep" <<< "$seen" || echo "patches/$topic/cover: depends on $dep, which comes after it in the series"
		done
		seen+=$topic$'\n'
	done
	pairs=$(for topic in $all; do for dep in $(depends "$topic"); do echo "$dep $topic"; done; done)
	{ tsort <<< "$pairs" 2>&1 > /dev/null || true; } | sed -n '/input contains/d;s/^tsort: //p' | paste -sd ' ' |
		sed -n 's/^\(.\+\)$/Depends: in the covers runs in a circle: \1/p'
}

# the files that the series adds, at the branch or commit $1
added() { in_linux diff-tree -r --no-renames --diff-filter=A --name-only base "$1"; }

# lay_out COMMIT DIR: what patches/ and the files at kernel paths have to be for it
lay_out() {
	write_queue "base..$1" "$2/patches"
	# shellcheck disable=SC2046 # names without spaces
	in_linux archive "$1" $(added "$1") | tar -x -C "$2"
}

# a worktree at the base, to apply mails in
worktree() { # DIR
	rm -rf "$1"; in_linux worktree prune
	in_linux worktree add -q --detach "$1" base
}
mails_of() { listed | grep "^$1/" | sed "s,^,$TOP/patches/,"; } # TOPIC

# what checkpatch says, but for the exceptions that the queue has reasons for
unexpected() { grep -vEf <(grep -v '^#' "$TOP/patches/checkpatch.allowed") || true; }
