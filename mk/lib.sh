# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the scripts of this directory share: where things are, how to say that something is wrong.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
: "${CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/onedma}" "${JOBS:=$(($(nproc) + 1))}"
export CACHE JOBS
export CCACHE_DIR=${CCACHE_DIR:-$CACHE/ccache} CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-4G} CCACHE_NOHASHDIR=1
# no preprocessor runs for what is not in the cache: a quarter of a cold build
if [ -x /usr/bin/ccache ]; then
	export CCACHE_DEPEND=1
	case $PATH in "$TOP/mk/bin:"*) ;; *) PATH=$TOP/mk/bin:$PATH ;; esac
fi
export KBUILD_BUILD_TIMESTAMP='1970-01-01' KBUILD_BUILD_USER=onedma KBUILD_BUILD_HOST=localhost
mkdir -p "$CACHE/logs"

# ARCH=ppc64le on our make's command line is not the kernel's ARCH
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL

die() { echo "error: $*" >&2; exit "${status:-4}"; }
skip() { echo "skip: $*" >&2; exit 3; }

# step WHAT CMD...: run with a log; a line after ten seconds, then one every thirty, and the end of the log on failure.
# PROGRESS names a function that says how far it is.
step() {
	local what=$1 log pid tick begin=$SECONDS rc=0
	shift
	# a file's name has 255 bytes at most; WHAT may list forty packages
	log=$CACHE/logs/$(tr -c 'A-Za-z0-9\n' - <<< "${what:0:150}").$$.log
	# process groups of their own, so that all of them can be stopped; no locks are handed down to the clock
	set -m
	"$@" > "$log" 2>&1 < /dev/null &
	pid=$!
	( sleep 10; while echo "... $what, $((SECONDS - begin)) s${PROGRESS:+, $($PROGRESS)}"; do sleep 30; done ) 7>&- 8>&- 9>&- &
	tick=$!
	set +m
	trap 'kill -- -"$pid" -"$tick" 2>/dev/null; wait 2>/dev/null; exit 130' INT TERM
	wait "$pid" || rc=$?
	kill -- -"$tick" 2>/dev/null; wait "$tick" 2>/dev/null || true
	trap - INT TERM
	if [ "$rc" != 0 ]; then
		tail -n 30 "$log" >&2
		echo "error: $what failed ($rc) after $((SECONDS - begin)) s; the whole log is in $log" >&2
		return "$rc"
	fi
	echo "$what: done in $((SECONDS - begin)) s"
	rm -f "$log"
}

ARCHES='x86_64 arm64 ppc64le'	# those that each commit is built for
runs_on_xen() { [ "$1" = x86_64 ] || [ "$1" = arm64 ]; }	# ARCH
# arch_vars ARCH: karch, deb_arch, cross, image, image_path, the fragment that its configuration begins with and the array KARGS
arch_vars() {
	first=base
	case $1 in
	x86_64)	 karch=x86 deb_arch=amd64 cross=x86_64-linux-gnu- image=bzImage image_path=arch/x86/boot/bzImage ;;
	arm64)	 karch=arm64 deb_arch=arm64 cross=aarch64-linux-gnu- image=Image image_path=arch/arm64/boot/Image ;;
	ppc64le) karch=powerpc deb_arch=ppc64el cross=powerpc64le-linux-gnu- image=vmlinux image_path=vmlinux ;;
	riscv64) karch=riscv deb_arch=riscv64 cross=riscv64-linux-gnu- image=Image image_path=arch/riscv/boot/Image first=small ;;
	s390x)	 karch=s390 deb_arch=s390x cross=s390x-linux-gnu- image=bzImage image_path=arch/s390/boot/bzImage first=small ;;
	*)	 die "unknown ARCH '$1'; there are: $ARCHES riscv64 s390x" ;;
	esac
	local cc=${cross}gcc
	command -v "$cc" > /dev/null || skip "no $cc: run make deps"
	command -v ccache > /dev/null && cc="ccache $cc"
	KARGS=(ARCH="$karch" CROSS_COMPILE="$cross" CC="$cc" LOCALVERSION=)
}

# options that the files want, the last of them, and the configuration in $out has not; a module may be built in
survivors() { # FRAGMENT...
	cat "$@" | awk '/^CONFIG_[A-Z0-9_]*=/ || /^# CONFIG_[A-Z0-9_]* is not set$/ { name = $0; sub(/^# /, "", name); sub(/[= ].*/, "", name); want[name] = $0 }
		END { for (name in want) print want[name] }' |
		while read -r line; do
			case $line in
			'#'*)	! grep -q "^${line:2:$((${#line} - 13))}=" "$out/.config" ;;
			*=m)	grep -qx "${line%m}[my]" "$out/.config" ;;
			*)	grep -qxF "$line" "$out/.config" ;;
			esac || echo -n "$line "
		done
}

# a module of boot/ for a kernel in the cache: after arch_vars; its symbols need not all be known to modpost
kernel_module() { # KERNEL OUTPUT-DIRECTORY NAME MODULE-DIRECTORY
	make -C "$CACHE/trees/$1" O="$2" -s M="$TOP/boot/$3" MO="$4" "${KARGS[@]}" KBUILD_MODPOST_WARN=1 modules
}

# what this checkout is called in packages: 20261129.27e79357cf68
release() { git -C "$TOP" log -1 --format=%cd.%h --date=format:%Y%m%d --abbrev=12; }

linux=$TOP/build/linux	# the commits of the series on the base
in_linux() { git -C "$linux" "$@"; }
# build/linux as it is, committed or not, as a commit
as_it_is() {
	local commit
	commit=$(in_linux stash create)
	echo "${commit:-$(in_linux rev-parse HEAD)}"
}

# whether build/linux holds what is nowhere else
unsaved() {
	[ -d "$linux/.git" ] && [ -z "${FORCE:-}" ] || return 1
	[ ! -f "$linux/.git/making" ] || return 1	# make tree was interrupted
	[ -n "$(in_linux status --porcelain --untracked-files=no 2> /dev/null)" ] ||
		[ "$(in_linux rev-parse -q --verify series)" != "$(cat "$linux/.git/saved" 2> /dev/null)" ]
}

# The base's source is in the cache, also when the cache was deleted or another checkout has fetched another base since.
need_stock() {
	local id
	read -r id _ < "$TOP/build/base" 2> /dev/null || die "no base yet: run make fetch"
	[ "$(cat "$CACHE/trees/stock/.source" 2> /dev/null)" = "$id" ] || "$TOP/mk/fetch" || exit
	[ "$(cat "$CACHE/trees/stock/.source")" = "$id" ] || die "build/linux stands on another base than the pinned one: run make fetch tree with its KERNEL="
}

# sync_tree NAME COMMIT: make $CACHE/trees/NAME the base's source with what COMMIT changes. Files that never changed are hard
# links to those of the stock tree; a file is written only if its content changes, so that make builds what has to be built.
sync_tree() {
	local stock=$CACHE/trees/stock dir=$CACHE/trees/$1 mode blob file
	need_stock
	if [ "$(cat "$dir/.source" 2> /dev/null)" != "$(cat "$stock/.source")" ]; then
		rm -rf "$dir" "$dir.new"; mkdir "$dir.new"
		find "$stock" -mindepth 1 -maxdepth 1 ! -name 'out-*' ! -name .applied -exec cp -alt "$dir.new" {} +
		mv "$dir.new" "$dir"
	fi
	rm -f "$dir/.content"
	touch "$dir/.applied"
	in_linux diff-tree -r --no-renames base "$2" | awk '{ print $2, $4, $6 }' | sort > "$dir/.wanted"
	cp "$dir/.applied" "$dir/.before"
	# until all is done nothing is known of any of these files
	sort -u "$dir/.before" "$dir/.wanted" | sed 's/^[^ ]* [^ ]*/- -/' | sort -u > "$dir/.applied"
	comm -23 "$dir/.before" "$dir/.wanted" | while read -r mode blob file; do
		rm -f "$dir/$file"
		[ ! -e "$stock/$file" ] || cp "$stock/$file" "$dir/$file"	# newer than what was built of it
	done
	comm -13 "$dir/.before" "$dir/.wanted" | while read -r mode blob file; do
		rm -f "$dir/$file"
		[ "$mode" != 000000 ] || continue
		mkdir -p "$(dirname "$dir/$file")"
		in_linux cat-file blob "$blob" > "$dir/$file"
		chmod "${mode#100}" "$dir/$file"
	done
	mv "$dir/.wanted" "$dir/.applied"
	content_of "$2" > "$dir/.content"
}
# what a build of COMMIT depends on: the base and the content that differs from it, not messages and order
content_of() { { cat "$CACHE/trees/stock/.source"; in_linux diff-tree -r --no-renames base "$1"; } | sha256sum | head -c 32; }

# the queue: PATCH lines of patches/series, TOPIC/NNNN-subject.patch
listed() { sed -n 's/^\([^#[:space:]][^[:space:]]*\).*/\1/p' "$TOP/patches/series"; }
topics() { listed | sed 's,/.*,,' | uniq; }
depends() { sed -n '1,/^$/s/^Depends://p' "$TOP/patches/$1/cover" 2> /dev/null; } # TOPIC
# TOPIC and what it depends on, in the order of the series
with_depends() {
	local need=$1 more
	while more=$(for t in $need; do echo "$t"; depends "$t"; done | tr ' ' '\n' | grep . | sort -u) &&
		[ "$more" != "$(tr ' ' '\n' <<< "$need" | sort -u)" ]; do need=$more; done
	topics | grep -xF "$more"
}

# unpack_patched NAME ARCHIVE: into $work, with the patches of boot/NAME if there are any
unpack_patched() {
	local patch
	tar -xf "$2" -C "$work" --strip-components=1 || return
	for patch in "$TOP/boot/$1"/*.patch; do
		[ ! -f "$patch" ] || patch -s -p1 -d "$work" < "$patch" || return
	done
}
# make_patched NAME KEY: $out is what a NAME with our patches was made into; made in $work, unless it is there, by the caller's
# functions download, archive and compile, which moves the result to $work/out
make_patched() {
	out=$CACHE/$1/${2:0:16} work=$CACHE/$1/work
	mkdir -p "$CACHE/$1"
	exec 7> "$CACHE/$1/lock"; flock 7
	[ ! -d "$out" ] || return 0
	rm -rf "${CACHE:?}/$1"/*/		# of older patches, and what an interrupted run has left
	mkdir -p "$work/out"
	download >&2
	step "unpacking $1, with the patches of boot/$1 if there are any" unpack_patched "$1" "$(archive)" >&2 || exit 4
	step "building it" compile >&2 || exit 4
	mv -T "$work/out" "$out" && rm -rf "$work"
}

# the machines to be tested but those whose field long is one of LONG, which are left to ALL
machines() { # LONG
	if [ -n "${ONLY:-}" ]; then tr ' ' '\n' <<< "$ONLY" | grep .; return; fi
	boot/run --list long | awk -v all="${ALL:-}" -v long="$1" 'all || !(("," long ",") ~ ("," $2 ",")) || NF < 2 { print $1 }'
}
having() { boot/run --list "$1" | awk 'NF > 1 { print $1 }'; }	# FIELD
