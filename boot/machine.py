# SPDX-License-Identifier: GPL-2.0
"""Machines as data: the files of boot/machines, read by boot/run and boot/judge.

A file has lines NAME = VALUE or NAME += VALUE; a line that begins with a space goes on with the value above, one that
begins with # is a comment. The first line may be base = FILE...: what those say stands first, FILE is the name of a
machine or of a part (with .part) that several machines have in common. An unknown name is refused.
"""
import glob
import os
import re

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
PLACES = TOP + "/boot/machines/", TOP + "/boot/bench/"

# kind, default and meaning of each field: text; number; words, separated by spaces; lines, one entry in each
FIELDS = {
    "about": ("text", "", "one line that says what it is"),
    "arch": ("text", "", "one of ARCHES"),
    "long": ("text", "", "1: takes minutes, only in make test-all; stock: the comparison with the stock kernel does"),
    "series_only": ("text", "", "1: the stock kernel has no end here, or lacks the driver"),
    "timeout": ("number", "600", "seconds on the reference machine until it is given up"),
    "debug": ("text", "kasan", "what DEBUG=1 builds: kasan or debug"),
    "options": ("text", "", "NAME of a file of configs/ that its kernel has besides, without DEBUG="),
    # QEMU
    "machine": ("text", "", "QEMU's -M"),
    "cpu": ("words", "", "-cpu, its model and what differs"),
    "cpus": ("text", "1", "-smp"),
    "memory": ("number", "1024", "-m, in MB"),
    "iommu": ("text", "", "the device that is one"),
    "icount": ("text", "", "-icount: instructions are counted, one thread runs all processors"),
    "defaults": ("text", "", "1: without -nodefaults, which takes root ports away from powernv"),
    "backends": ("lines", "", "OPTION ARGUMENT: what devices refer to"),
    "devices": ("lines", "", "-device"),
    "disks": ("lines", "", "KIND SOURCE-DEVICE TARGET-DEVICE, 32 MB each"),
    "report": ("text", "", "what the guest calls the channel of the report: /dev/vport* or a second serial line"),
    "report_bus": ("text", "", "the virtio-serial device of /dev/vport*"),
    "system": ("text", "", "a disk of boot/system that boots by itself, once for each step; QEMU's files system and payload"
               "; or stick: the image of mk/image, and a disk 'other' that it has to leave alone"),
    "settings": ("lines", "", "of GRUB, put on the stick as settings.cfg"),
    "firmware": ("text", "", "a file of boot/images that QEMU starts with"),
    "share": ("text", "", "1: a directory of the host, share/"),
    "tree": ("text", "", "a file of boot/trees that is laid over QEMU's device tree, on arm64"),
    "tree_name": ("words", "", "OLD NEW: a string of QEMU's device tree, and one of the same length in its place"),
    "vhost": ("text", "", "1: a process beside QEMU serves share/vhost at vhost.sock, for vhost-user-blk"),
    "acpi": ("text", "", "a table of boot/acpi, for QEMU as acpi.aml"),
    "host": ("words", "", "files of this host that QEMU opens for reading and writing; skipped without them"),
    "one_cpu": ("text", "", "1: all of QEMU's threads share one host processor"),
    "qemu_patched": ("text", "", "1: the QEMU of mk/qemu"),
    # Xen and kernel
    "xen": ("text", "", "Xen's version, if there is one"),
    "xen_patched": ("text", "", "1: the Xen of mk/xen, or of mk/xen-arm64"),
    "xen_args": ("words", "", "Xen's command line"),
    "dom0_mem": ("text", "", "dom0_mem= of Xen"),
    "dom0_cpus": ("text", "", "dom0_max_vcpus= of Xen"),
    "loader": ("words", "", "where guest-loader puts dom0's kernel and initramfs, on arm64"),
    "kernel_args": ("words", "", "the kernel's command line"),
    # guest
    "sets": ("words", "base", "of files, in boot/images"),
    "modules": ("words", "", "below the kernel's output directory, in the order of loading; series:FILE has no stock kernel"),
    "kmods": ("words", "", "directories of boot/ whose module lies in /kmods, also of the domU"),
    "selftests": ("words", "", "programs in C: of the series, below tools/testing/selftests, or of ours, with / in front; FILE+FILE: one program of both"),
    "documents": ("words", "", "of the series, below Documentation"),
    "steps": ("words", "disk", "STEP[:NAME=VALUE[,NAME=VALUE]]: files of boot/guest/steps"),
    "params": ("lines", "", "NAME=VALUE: parameters of the steps"),
    "domu": ("text", "", "pvh, pv or hvm: the guest that dom0 makes"),
    "domu_steps": ("words", "disk nic", "its steps"),
    "domu_modules": ("words", "", "its modules"),
    "domu_params": ("lines", "", "its parameters"),
    "domu_acpi": ("words", "", "tables of boot/acpi that its initramfs has"),
    # verdict
    "kunit": ("words", "", "suites that have to have passed on the series"),
    "ignore": ("lines", "", "regular expressions for known complaints in the console"),
    "stock_ignore": ("lines", "", "the same for the stock kernel alone"),
    "stock_fails": ("lines", "", "regular expressions for the cases that the stock kernel has to fail: each once, no case else"),
}
ARCHES = "x86_64", "arm64", "ppc64le", "riscv64", "s390x"
# init takes these itself
INIT_PARAMS = {"tainted", "kexec_cpu"}


class Wrong(Exception):
    """A machine's file is wrong."""


def find(name):
    for place in PLACES:
        for path in (place + name + ".conf", place + name):
            if os.path.isfile(path) and path.endswith((".conf", ".part")):
                return path
    raise Wrong(f"no machine '{name}'; there are: {' '.join(names())}")


def names():
    return sorted(os.path.basename(path)[:-5] for path in glob.glob(PLACES[0] + "*.conf"))


def entries(path):
    """Yield [line number, name, operator, lines of the value]."""
    entry = None
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("#") or not line.strip():
                continue
            if line[0].isspace() and entry:
                entry[3].append(line.strip())
                continue
            if entry:
                yield entry
            match = re.match(r"(\w+)\s*(\+?=)(.*)", line)
            if not match:
                raise Wrong(f"{path}:{number}: not NAME = VALUE: {line.strip()}")
            entry = [number, match[1], match[2], [match[3].strip()] if match[3].strip() else []]
    if entry:
        yield entry


def read(path, into):
    for number, name, operator, value in entries(path):
        if name == "base":
            for base in " ".join(value).split():
                read(find(base), into)
            continue
        if name not in FIELDS:
            raise Wrong(f"{path}:{number}: unknown field '{name}'")
        kind = FIELDS[name][0]
        if kind == "words":
            value = " ".join(value).split()
        elif kind != "lines":
            value = " ".join(value)
            if operator == "+=":
                raise Wrong(f"{path}:{number}: += on '{name}', which is no list")
            if kind == "number" and not value.isdigit():
                raise Wrong(f"{path}:{number}: '{name}' is no number: {value}")
        into[name] = into[name] + value if operator == "+=" else value


def step_params(step):
    """The parameters that the head of a step names."""
    path = f"{TOP}/boot/guest/steps/{step}.sh"
    if not os.path.isfile(path):
        raise Wrong(f"no step '{step}' in boot/guest/steps")
    with open(path, encoding="utf-8") as file:
        return set(re.findall(r"^#   (\w+)=", file.read(), re.M))


def check(name, machine):
    if machine["arch"] not in ARCHES:
        raise Wrong(f"{name}: arch is '{machine['arch']}', not one of {' '.join(ARCHES)}")
    for field in ("about", "machine", "report"):
        if not machine[field]:
            raise Wrong(f"{name}: no '{field}'")
    known = set(INIT_PARAMS)
    for path in glob.glob(TOP + "/boot/guest/steps/*.sh"):
        known |= step_params(os.path.basename(path)[:-3])
    for step in machine["steps"] + machine["domu_steps"]:
        step, _, own = step.partition(":")
        for param in (word.partition("=")[0] for word in own.split(",") if word):
            if param not in step_params(step):
                raise Wrong(f"{name}: the step '{step}' takes no '{param}'")
        step_params(step)
    for param in (line.partition("=")[0] for line in machine["params"] + machine["domu_params"]):
        if param not in known:
            raise Wrong(f"{name}: no step takes the parameter '{param}'")
    for entry in machine["disks"]:
        if len(entry.split()) != 3:
            raise Wrong(f"{name}: a disk is KIND SOURCE TARGET, not '{entry}'")


def load(name):
    """The fields of a machine, those of its bases among them."""
    machine = {}
    for field, (kind, default, _) in FIELDS.items():
        machine[field] = default.split() if kind in ("words", "lines") else default
    read(find(name), machine)
    check(name, machine)
    return machine


def modules(machine, kernel):
    """The modules that the machine and its domU load, below the kernel's output directory."""
    wanted = [m for m in machine["modules"] + machine["domu_modules"] if kernel != "stock" or not m.startswith("series:")]
    return list(dict.fromkeys(m.removeprefix("series:") for m in wanted if not m.startswith("bench/")))


def shown(value):
    return " ".join(value) if isinstance(value, list) else value


def assignments(params):
    """NAME=VALUE... as shell assignments, for dash."""
    out = []
    for param in params:
        key, _, value = param.partition("=")
        if "'" in value:
            raise Wrong(f"a quote in the parameter {param}")
        out.append(f"{key.strip()}='{value.strip()}'\n")
    return "".join(out)
