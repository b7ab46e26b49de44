/** Sums of the Internet checksum, as the kernel adds them (`include/net/checksum.h`): ones' complement, in the machine's byte order. */

/** `csum_add`: with the carry added again. */
function checksumAdd(one: number, other: number): number {
  const sum = (one >>> 0) + (other >>> 0);
  return (sum > 0xffff_ffff ? sum - 0xffff_ffff : sum) >>> 0;
}

/** `csum_sub`. */
export const checksumSubtract = (one: number, other: number): number => checksumAdd(one, ~other >>> 0);

/** `csum_from32to16`: 32 bits folded to 16. */
export function checksumFolded(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return ((once & 0xffff) + (once >>> 16)) & 0xffff;
}

/** `csum_partial`: the sum of `length` bytes, on top of `sum`. */
export function checksumOf(view: DataView, at: number, length: number, sum: number): number {
  let total = sum >>> 0;
  let offset = 0;
  for (; offset + 4 <= length; offset += 4) total = checksumAdd(total, view.getUint32(at + offset, true));
  for (; offset + 2 <= length; offset += 2) total = checksumAdd(total, view.getUint16(at + offset, true));
  if (offset < length) total = checksumAdd(total, view.getUint8(at + offset));
  return total;
}

/** The checksum in a header, after what it covers changed from `from` to `to` (`csum_replace4`). */
export const checksumReplaced = (checksum: number, from: number, to: number): number =>
  checksumReplacedBy(checksum, checksumAdd(~from >>> 0, to));

/** The same by the difference (`csum_replace_by_diff`). */
export const checksumReplacedBy = (checksum: number, difference: number): number =>
  ~checksumFolded(checksumAdd(difference, ~checksum >>> 0)) & 0xffff;
