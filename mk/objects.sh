# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Building what a commit or a topic touches, for each and topics. After lib.sh.

src=$CACHE/trees/each
VARIANTS='no-xen no-swiotlb no-smp'	# of x86_64, in configs/variants

# kbuild given both a directory and one in it builds them at the same time, and one may lack what the other removes
outermost() { awk '{ for (dir in kept) if (index($0, dir) == 1) next; kept[$0]; print }'; }

place() { if [ -n "${TIPS:-}" ] && [[ $1 = *.c ]]; then echo "${1%.c}.o"; else dirname "$1"; fi; } # FILE
nearest_makefile() { # DIR: it or the one above it that has one
	local dir=$1
	while [ "$dir" != . ] && [ ! -f "$src/$dir/Makefile" ] && [ ! -f "$src/$dir/Kbuild" ]; do dir=$(dirname "$dir"); done
	echo "$dir"
}

# what the Makefile of a directory makes of the configuration in $out, by its variables; kbuild makes any object that it is asked for
configured() { # OBJECT
	local dir
	dir=$(nearest_makefile "$(dirname "$1")")
	make -C "$src" -s --no-print-directory -f - <<-END | grep -qxF "${1#"$dir/"}"
		srctree := .
		src := $dir
		obj := $dir
		BITS := 64
		include $out/.config $(cd "$src/$dir" && find "$PWD" -maxdepth 1 \( -name Kbuild -o -name Makefile \) | sort | head -n 1)
		.DEFAULT_GOAL := objects-of-directory
		objects-of-directory:;@printf '%s\n' \$(sort \$(filter %.o,\$(foreach v,\$(filter %-y %-m %-objs,\$(.VARIABLES)),\$(\$v))))
	END
}

# What to build for files on the standard input: of each C file the nearest directory that has a Makefile, with TIPS= only its
# object. A header counts for the places that the series has in it: a change of include/ must not break drivers/xen or arch code.
# Of the GPU drivers, which are large and in no kernel that is booted, only the objects.
touched() { # KARCH
	local file dir
	grep -Ev '^(Documentation|tools|MAINTAINERS)' | while read -r file; do
		case $file in
		include/xen/*|drivers/xen/*)	echo drivers/xen ;;
		include/*)	echo kernel/dma; echo drivers/xen ;;
		arch/arm/xen/*)	[ "$1" != arm64 ] || echo arch/arm/xen ;;
		drivers/gpu/*.c) echo "${file%.c}.o" ;;
		drivers/gpu/*)	;;
		arch/*)	[[ $file != arch/$1/* ]] || place "$file" ;;
		*)	place "$file" ;;
		esac
	done | sort -u | while read -r dir; do
		case $dir in *.o) [ ! -f "$src/${dir%.o}.c" ] || echo "$dir"; continue ;; esac
		dir=$(nearest_makefile "$dir")
		case $dir in .|drivers|arch|arch/*/include*) ;; *) echo "$dir/" ;; esac
	done | sort -u | outermost
}

# what a configuration leaves out is no target there
buildable() { # DIR-OR-OBJECT
	case $1 in
	drivers/xen/*|arch/arm/xen/*|arch/x86/xen/*)	grep -q '^CONFIG_XEN=y' "$out/.config" || return ;;
	drivers/gpu/*)	grep -q '^CONFIG_DRM_' "$out/.config"; return ;;
	esac
	[[ $1 != *.o ]] || configured "$1"
}

# the configuration is made anew when a fragment or a Kconfig file of the series changes
configure() { # VARIANT
	local fragments=("$TOP/configs/base.config" "$TOP/configs/$arch.config") key
	! runs_on_xen "$arch" || fragments+=("$TOP/configs/xen.config")
	fragments+=("$TOP/configs/each.config")
	[ -z "$1" ] || fragments+=("$TOP/configs/variants/$1.config")
	key=$({ cat "${fragments[@]}"; grep Kconfig "$src/.applied" || true; } | sha256sum)
	[ "$(cat "$out/.key" 2> /dev/null)" != "$key" ] || return 0
	mkdir -p "$out"
	(cd "$src" && ARCH=$karch CROSS_COMPILE=$cross scripts/kconfig/merge_config.sh -n -O "$out" "${fragments[@]}") \
		> "$out/merge.log" 2>&1 || { cat "$out/merge.log"; return 1; }
	echo "$key" > "$out/.key"
}

build_objects() { # COMMIT FILES VARIANT
	local dir dirs=() make=(make -C "$src" O="$out" -s -k -j"$JOBS" "${KARGS[@]}")
	sync_tree each "$1"
	configure "$3"
	if [ -n "${FULL:-}" ]; then
		dirs=("$image" modules)
	else
		for dir in $(touched "$karch" <<< "$2"); do ! buildable "$dir" || dirs+=("$dir"); done
	fi
	[ ${#dirs[@]} -gt 0 ] || { echo "nothing to build"; return; }
	"${make[@]}" "${dirs[@]}" && return
	# seen once: an object out of ccache without its list of headers, which fixdep then missed
	echo "once more, without ccache"
	CCACHE_DISABLE=1 "${make[@]}" "${dirs[@]}"
}

# prove NAME FROM COMMIT ARCH [VARIANT]: what changed since FROM builds at COMMIT; a content that was built is remembered
prove() {
	local variant=${5:-} stamp files
	arch_vars "$4"
	arch=$4 out=$src/out-$4${variant:+-$variant}
	files=$(in_linux diff --name-only --no-renames "$2" "$3")
	stamp=$CACHE/proven/$({ content_of "$3"; echo "$files $4 $variant ${FULL:-}"; cat "$TOP"/configs/{base,xen,each,"$4"}.config \
		"$TOP"/configs/variants/* "$TOP/mk/objects.sh"; } | sha256sum | head -c 32)
	mkdir -p "$CACHE/proven"
	[ ! -f "$stamp" ] || { known=$((known + 1)); return 0; }
	step "$4${variant:+ $variant}: $1" build_objects "$3" "$files" "$variant" ||
		die "$1 does not build for $4${variant:+ $variant}"
	touch "$stamp"
	built=$((built + 1))
}
built=0 known=0
