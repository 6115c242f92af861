// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Battery (mV), an outer probe (0.1 degrees; 0x7fff is none), input 1 (mV), flags with the mode,
// and in the mode with three inputs the other two (mV).
function decodeUplink(input) {
  const b = input.bytes, data = {};
  const u16 = (at) => (b[at] << 8) | b[at + 1];
  if (b.length < 11) return { errors: ["expected are 11 bytes, got " + b.length] };
  const mode = ((b[6] & 0x7c) >> 2) + 1;
  if (mode !== 8) return { errors: ["mode " + mode + " is not known; set mode 8 (three inputs)"] };
  data.BatV = u16(0) / 1000;
  if (u16(2) !== 0x7fff) data.TempC1 = (u16(2) << 16 >> 16) / 10;
  data.ADC1_V = u16(4) / 1000;
  data.ADC2 = u16(7) / 1000;
  data.ADC3 = u16(9) / 1000;
  return { data };
}
