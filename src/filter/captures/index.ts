/** Capture files: pcap and pcapng, read in place and written. */

export { type CaptureReader, captureMagicBytes, captureReader, type VisitPacket } from "./capture-reader.ts";
export { asEthernet, ethernetHeaderBytes, isKnownLinkType, linkTypes } from "./link-types.ts";
export { type CapturedPacket, joined, pcapHead, pcapngHead, pcapngPacket, pcapRecord } from "./write-captures.ts";
