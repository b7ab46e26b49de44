/** What observes: `auto` is the kernel where that is permitted, else a tracer of an ordinary user's. */
export const engineNames = ["auto", "kernel", "user"] as const;
export type EngineName = (typeof engineNames)[number];
