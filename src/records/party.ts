/** Who a record is about: the fields that requests and connections share. */

/** The process that holds the observed end of a connection. */
export interface ProcessReference {
  /** As Tarsier's own pid namespace numbers it. */
  readonly pid: number;
  /** As the kernel knows it: at most 15 bytes, chosen by the process itself. */
  readonly name: string;
}

/** `server`: the observed process accepted the connection. `client`: it opened it. */
export type Role = "server" | "client";

export interface PartyFields {
  /** When it began, by the clock of the machine, in UTC: `2026-01-31T12:04:31.120Z`. */
  readonly time: string;
  readonly process: ProcessReference;
  /** The control group that was observed. */
  readonly cgroup: string;
  readonly role: Role;
  /** `127.0.0.1:8080` or `[2001:db8::1]:8080`: the observed end. */
  readonly local: string;
  /** The other end, in the same form. */
  readonly peer: string;
}
