# SPDX-License-Identifier: GPL-2.0
# A device copies in the memory of a process, at addresses that HMM has given it.
# Needs an edu, /kmods/hmm_edu.ko, /selftests/hmm_copy.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

plan 3
check "hmm: driver loaded" insmod /kmods/hmm_edu.ko
/selftests/hmm_copy > /tmp/tap
relay hmm /tmp/tap
