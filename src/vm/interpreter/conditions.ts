/** Conditions of the interpreter's jumps (RFC 9669, section 4.3). */

/** Whether the condition of `opcode` holds between two numbers of 64 bits, given as their halves. */
export function holds64(opcode: number, low: number, high: number, otherLow: number, otherHigh: number): boolean {
  switch (opcode & 0xf0) {
    case 0x10: // jeq
      return low === otherLow && high === otherHigh;
    case 0x50: // jne
      return low !== otherLow || high !== otherHigh;
    case 0x40: // jset
      return (low & otherLow) !== 0 || (high & otherHigh) !== 0;
    case 0x20: // jgt
      return isBelow(otherLow, otherHigh, low, high);
    case 0x30: // jge
      return !isBelow(low, high, otherLow, otherHigh);
    case 0xa0: // jlt
      return isBelow(low, high, otherLow, otherHigh);
    case 0xb0: // jle
      return !isBelow(otherLow, otherHigh, low, high);
    case 0x60: // jsgt
      return isBelowSigned(otherLow, otherHigh, low, high);
    case 0x70: // jsge
      return !isBelowSigned(low, high, otherLow, otherHigh);
    case 0xc0: // jslt
      return isBelowSigned(low, high, otherLow, otherHigh);
    default: // jsle
      return !isBelowSigned(otherLow, otherHigh, low, high);
  }
}

function isBelow(low: number, high: number, otherLow: number, otherHigh: number): boolean {
  return high === otherHigh ? low >>> 0 < otherLow >>> 0 : high >>> 0 < otherHigh >>> 0;
}

function isBelowSigned(low: number, high: number, otherLow: number, otherHigh: number): boolean {
  return high === otherHigh ? low >>> 0 < otherLow >>> 0 : high < otherHigh;
}

/** The same between numbers of 32 bits. */
export function holds32(opcode: number, one: number, other: number): boolean {
  switch (opcode & 0xf0) {
    case 0x10: // jeq
      return one === other;
    case 0x50: // jne
      return one !== other;
    case 0x40: // jset
      return (one & other) !== 0;
    case 0x20: // jgt
      return one >>> 0 > other >>> 0;
    case 0x30: // jge
      return one >>> 0 >= other >>> 0;
    case 0xa0: // jlt
      return one >>> 0 < other >>> 0;
    case 0xb0: // jle
      return one >>> 0 <= other >>> 0;
    case 0x60: // jsgt
      return one > other;
    case 0x70: // jsge
      return one >= other;
    case 0xc0: // jslt
      return one < other;
    default: // jsle
      return one <= other;
  }
}
