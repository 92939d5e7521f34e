# SPDX-License-Identifier: GPL-2.0
# The commands of the project; each is one script of mk/ or boot/.

-include Makefile.local

CACHE		?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/onedma
ARCH		?= x86_64
MACHINE		?= xen-pvh-dom0
KERNEL_UNDER_TEST ?= series
BOOTS		?= 2
TIMES		?= 3
SEEDS		?= 2
CLANG		?=
ONLY		?=
LIMIT		?=
KERNEL		?=
DEBUG		?=
JOBS		?= $(shell expr $$(nproc) + 1)
WHOLE		?=
XEN_SOURCE	?=
TOPIC		?=
AUTHOR		?=
TRAILER		?=
V		?= 1
PREV		?=
CONFIG		?=
LSMOD		?=
FIRMWARE	?=
STICK		?=

ARCHES		:= x86_64 arm64 ppc64le riscv64 s390x
MACHINES	:= $(sort $(patsubst boot/machines/%.conf,%,$(wildcard boot/machines/*.conf)))
TOPICS		:= $(shell sed -n 's/^\# //p' patches/series)
KERNELS		:= stock series

known = $(if $(filter $($(1)),$(2)),,$(error unknown $(1) '$($(1))'; there are: $(2)))
$(call known,ARCH,$(ARCHES))
$(call known,MACHINE,$(MACHINES))
$(call known,KERNEL_UNDER_TEST,$(KERNELS))

export CACHE JOBS BOOTS TIMES SEEDS CLANG ONLY LIMIT KERNEL KERNEL_UNDER_TEST DEBUG WHOLE XEN_SOURCE TOPIC AUTHOR TRAILER V PREV CONFIG LSMOD FIRMWARE STICK

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help deps fetch tree save mail each topics build kunit boot bench builds coverage faults fuzz soak peers qemu xen xen-arm64 dist deb image bases check lint selftest test test-all clean distclean

help:
	@echo 'Source'
	@echo '  deps       install the Debian packages that are needed (root), or list those that are missing'
	@echo '  fetch      bring the base kernel into the cache'
	@echo '  tree       make build/linux: the base and the series as commits on the branch "series" (WHOLE=1: all files of the kernel)'
	@echo '  save       write the branch "series" of build/linux back to patches/ and the files at kernel paths'
	@echo '  mail       a topic as mail in build/mail, checked with git am (TOPIC= AUTHOR= [TRAILER= V= PREV=])'
	@echo 'Build'
	@echo '  build      one kernel, in the cache (ARCH=, KERNEL_UNDER_TEST=, DEBUG=1)'
	@echo '  qemu       a QEMU for POWER with the patches of boot/qemu, in the cache'
	@echo '  xen        the hypervisor for x86-64 with the patches of boot/xen, in the cache (XEN_SOURCE=)'
	@echo '  xen-arm64  a hypervisor for arm64 that takes device models, and the device model, in the cache (XEN_SOURCE=)'
	@echo '  topics     each topic alone on the base, with what it depends on: applies, builds, KUnit (TIPS=1: x86-64, no KUnit)'
	@echo '  builds     random configurations of ten architectures: the files that the series touches, warnings against the base (SEEDS=, CLANG=)'
	@echo '  each       every commit of the series on every architecture (FULL=1: whole kernels, and amdgpu.ko)'
	@echo 'For others'
	@echo '  deb        Debian packages of the series for your machine, in build/deb (CONFIG=, LSMOD=, ARCH=); see doc/install.md'
	@echo '  image      a live stick with them, Xen and a self-check, in build/image (CONFIG=, LSMOD=, FIRMWARE=, STICK=)'
	@echo '  bases      which patches another version of the kernel takes, patch by patch (KERNEL=, a directory)'
	@echo '  dist       one tarball for those who package kernels, in build/dist'
	@echo 'Test'
	@echo '  boot       build what a machine needs, boot it, give a verdict (MACHINE=, KERNEL_UNDER_TEST=, DEBUG=1)'
	@echo '  bench      guest instructions of the DMA API, stock and series, against the goals (results in build/bench)'
	@echo '  coverage   the lines of the series that no test ran, by topic, against goals (in build/coverage; ONLY=)'
	@echo '  faults     every allocation of some calls fails once;  fuzz  random inputs;  soak  many guests and requests;'
	@echo '  peers      other people'"'"'s tests, with 7.3.4 and the series (what they found: doc/proof.md)'
	@echo '  kunit      the KUnit suites, on every architecture'
	@echo '  check      the queue, checkpatch, kernel-doc, shellcheck'
	@echo '  lint       no new warning of W=1 or sparse'
	@echo '  selftest   the machinery: round trip, bad input, verdicts that must fail'
	@echo '  test       check, topics, lint, selftest, and the series on the machines that are quick'
	@echo '  test-all   test on every machine, every commit and topic, with the stock kernel too, and the series with the debug options'
	@echo 'Cleaning'
	@echo '  clean      remove build/ (refused while it holds work that is not saved)'
	@echo '  distclean  remove the cache as well'
	@echo 'Variables (defaults)'
	@echo '  CACHE=$(CACHE)  JOBS=$(JOBS)'
	@echo '  ARCH=$(ARCH)  of: $(ARCHES)'
	@echo '  MACHINE=$(MACHINE)  of: $(MACHINES)'
	@echo '  TOPIC=  of: $(TOPICS)'
	@echo '  KERNEL_UNDER_TEST=$(KERNEL_UNDER_TEST)  of: $(KERNELS)'
	@echo '  KERNEL=  a tarball or git tree of 7.3.y instead of the pinned base (make fetch tree again)'
	@echo '  XEN_SOURCE=  an archive of Xen 4.20 for make xen, instead of Debian'"'"'s source package'
	@echo '  DEBUG=  1: KASAN and lockdep (not on ppc64le), DMA_API_DEBUG, kmemleak; gcov: one that counts what runs'
	@echo '  CONFIG=  for make deb: a configuration such as /boot/config-* (without it Debian'"'"'s own); small: one for a test'
	@echo '  LSMOD=  for make deb: a file with what lsmod says on your machine, to build those modules only'
	@echo '  FIRMWARE=  for make image: 1: with Debian'"'"'s non-free-firmware'
	@echo '  STICK=  for make image: a device that it is written to; what it held is lost'
	@echo '  BOOTS=$(BOOTS)  machines that test and test-all boot at once'
	@echo '  TIMES=$(TIMES)  boots of which bench takes the best'
	@echo '  SEEDS=$(SEEDS)  random configurations of each architecture that builds takes; CLANG=  by this clang and not gcc'
	@echo '  ONLY=  the machines that test, test-all and coverage boot, if not all'
	@echo '  LIMIT=  minutes after which test and test-all begin nothing more; what is skipped so is named'

deps fetch save mail qemu xen each topics check lint:
	@mk/$@

xen-arm64:
	@mk/xen-arm64 hypervisor && mk/xen-arm64 model

tree: build/base
	@mk/tree

build/base:
	@mk/fetch

build/linux/.git/saved:
	@$(MAKE) --no-print-directory tree

dist: build/linux/.git/saved
	@mk/dist

deb: build/linux/.git/saved
	@mk/deb $(ARCH)

bases: build/linux/.git/saved
	@mk/bases $(KERNEL)

image: build/linux/.git/saved
	@mk/image

build: build/linux/.git/saved
	@mk/build $(KERNEL_UNDER_TEST) $(ARCH) $(if $(DEBUG),$(or $(filter gcov,$(DEBUG)),kasan))

boot: build/linux/.git/saved
	@mk/boot $(MACHINE)

bench builds: build/linux/.git/saved
	@mk/$@

coverage: build/linux/.git/saved
	@mk/coverage

# what doc/proof.md counts
proof_faults := xen-pv-faults powernv9-faults
proof_fuzz := xen-pv-fuzz powernv9-fuzz
proof_soak := xen-pv-soak xen-pv-reboots
proof_peers := native-x86-peers xen-pv-peers

faults fuzz soak: build/linux/.git/saved
	@for m in $(proof_$@); do mk/boot $$m || rc=$$?; done; exit $${rc:-0}

peers: build/linux/.git/saved
	@for k in $(KERNELS); do for m in $(proof_$@); do KERNEL_UNDER_TEST=$$k mk/boot $$m || rc=$$?; done; done; exit $${rc:-0}

kunit: build/linux/.git/saved
	@mk/kunit

selftest: build/linux/.git/saved
	@mk/selftest

test:
	@mk/test

test-all:
	@ALL=1 mk/test

clean:
	@mk/clean

distclean: clean
	rm -rf -- '$(CACHE)'
