// SPDX-License-Identifier: GPL-2.0
// The pins behind the root ports in slots 7 and 8 are routed to a device that is no interrupt link: nowhere.
// After a change: iasl -p unrouted unrouted.asl && xxd -p unrouted.aml > unrouted.hex
DefinitionBlock ("", "SSDT", 2, "ONEDMA", "UNROUTED", 1)
{
    External (\_SB.PCI0.S38, DeviceObj)
    External (\_SB.PCI0.S40, DeviceObj)
    Device (\_SB.NOTL) { Name (_HID, "ONED0001") }
    Scope (\_SB.PCI0.S38)
    {
        Name (_PRT, Package () {
            Package () { 0x0000FFFF, 0, \_SB.NOTL, 0 },
            Package () { 0x0000FFFF, 1, \_SB.NOTL, 0 },
            Package () { 0x0000FFFF, 2, \_SB.NOTL, 0 },
            Package () { 0x0000FFFF, 3, \_SB.NOTL, 0 }
        })
    }
    Scope (\_SB.PCI0.S40)
    {
        Name (_PRT, Package () {
            Package () { 0x0000FFFF, 0, \_SB.NOTL, 0 },
            Package () { 0x0000FFFF, 1, \_SB.NOTL, 0 },
            Package () { 0x0000FFFF, 2, \_SB.NOTL, 0 },
            Package () { 0x0000FFFF, 3, \_SB.NOTL, 0 }
        })
    }
}
