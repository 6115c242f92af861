// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Battery (mV), an outer probe (0.1 degrees), water (0.01 %), temperature (0.01 degrees),
// conductivity (uS/cm), flags.
function decodeUplink(input) {
  const b = input.bytes;
  const u16 = (at) => (b[at] << 8) | b[at + 1];
  const s16 = (at) => (b[at] << 24 >> 16) | b[at + 1];
  if (b.length < 11) return { errors: ["expected are 11 bytes, got " + b.length] };
  if (b[10] >> 7) return { errors: ["the device sends raw values (mode 1)"] };
  return {
    data: {
      BatV: (u16(0) & 0x3fff) / 1000,
      temp_DS18B20: s16(2) / 10,
      water_SOIL: u16(4) / 100,
      temp_SOIL: s16(6) / 100,
      conduct_SOIL: u16(8),
      Mod: b[10] >> 7,
      i_flag: b[10] & 15,
      s_flag: (b[10] >> 4) & 1,
    },
  };
}
