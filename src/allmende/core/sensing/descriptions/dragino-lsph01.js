// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Battery (mV), an outer probe (0.1 degrees), pH (0.01), temperature (0.1 degrees), flags.
function decodeUplink(input) {
  const b = input.bytes;
  const u16 = (at) => (b[at] << 8) | b[at + 1];
  const s16 = (at) => (b[at] << 24 >> 16) | b[at + 1];
  if (b.length < 11) return { errors: ["expected are 11 bytes, got " + b.length] };
  return {
    data: {
      Bat: (u16(0) & 0x3fff) / 1000,
      TempC_DS18B20: s16(2) / 10,
      PH1_SOIL: u16(4) / 100,
      TEMP_SOIL: s16(6) / 10,
      Interrupt_flag: b[8],
      Message_type: b[10],
    },
  };
}
