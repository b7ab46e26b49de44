/** Loads and stores of the interpreter (RFC 9669, section 5), at addresses that have been checked. */

/** What a load gives, filled with zeros or with the sign, as the two words at `d`. */
export function load(i32: Int32Array, view: DataView, d: number, opcode: number, at: number): void {
  switch (opcode) {
    case 0x71:
      i32[d] = view.getUint8(at);
      i32[d + 1] = 0;
      return;
    case 0x69:
      i32[d] = view.getUint16(at, true);
      i32[d + 1] = 0;
      return;
    case 0x61:
      i32[d] = view.getInt32(at, true);
      i32[d + 1] = 0;
      return;
    case 0x79: {
      const low = view.getInt32(at, true);
      i32[d + 1] = view.getInt32(at + 4, true);
      i32[d] = low;
      return;
    }
    case 0x91:
      i32[d] = view.getInt8(at);
      break;
    case 0x89:
      i32[d] = view.getInt16(at, true);
      break;
    case 0x81:
      i32[d] = view.getInt32(at, true);
      break;
  }
  i32[d + 1] = i32[d]! >> 31;
}

/** Stores so many bytes of a number. */
export function store(view: DataView, at: number, sizeBytes: number, low: number, high: number): void {
  switch (sizeBytes) {
    case 1:
      view.setInt8(at, low);
      return;
    case 2:
      view.setInt16(at, low, true);
      return;
    case 4:
      view.setInt32(at, low, true);
      return;
    case 8:
      view.setInt32(at, low, true);
      view.setInt32(at + 4, high, true);
      return;
  }
}
