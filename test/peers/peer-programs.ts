/** Programs of the tests' own, as commands. */

import { fileURLToPath } from "node:url";

const compiled = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A Node server that prints its port. */
export const nodeServer = [process.execPath, compiled("node-server.js")];

/** A client by `fetch`; takes the port. */
export const nodeClient = [process.execPath, compiled("node-client.js")];

export const python = "/usr/bin/python3";
