// SPDX-License-Identifier: GPL-2.0
// The configuration space of the bus in pvh-pci.asl.
// After a change: iasl -p mcfg mcfg.asl && xxd -p mcfg.aml > mcfg.hex
[0004]                          Signature : "MCFG"
[0004]                       Table Length : 0000003C
[0001]                           Revision : 01
[0001]                           Checksum : 00
[0006]                             Oem ID : "ONEDMA"
[0008]                       Oem Table ID : "PVHPCI"
[0004]                       Oem Revision : 00000001
[0004]                    Asl Compiler ID : "INTL"
[0004]              Asl Compiler Revision : 20200925
[0008]                           Reserved : 0000000000000000
[0008]                       Base Address : 00000000D0000000
[0002]               Segment Group Number : 0000
[0001]                   Start Bus Number : 00
[0001]                     End Bus Number : FF
[0004]                           Reserved : 00000000
