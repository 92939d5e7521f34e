// SPDX-License-Identifier: GPL-2.0
// The PCI bus that QEMU's machine xenpvh has for a PVH domU, of which the tables that xl makes say nothing. The other table that
// it takes, MCFG, is in mcfg.asl.
// After a change: iasl -p pvh-pci pvh-pci.asl && xxd -p pvh-pci.aml > pvh-pci.hex
DefinitionBlock ("", "SSDT", 2, "ONEDMA", "PVHPCI", 1)
{
    Scope (\_SB)
    {
        Device (PCI0)
        {
            Name (_HID, EisaId ("PNP0A08"))
            Name (_CID, EisaId ("PNP0A03"))
            Name (_UID, 0)
            Name (_SEG, 0)
            Name (_BBN, 0)
            Name (_CRS, ResourceTemplate ()
            {
                WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode, 0, 0, 0xFF, 0, 0x100)
                DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
                    0, 0xE0000000, 0xEFFFFFFF, 0, 0x10000000)
            })
        }
        Device (ECAM)
        {
            Name (_HID, EisaId ("PNP0C02"))
            Name (_CRS, ResourceTemplate () { Memory32Fixed (ReadWrite, 0xD0000000, 0x10000000) })
        }
    }
}
