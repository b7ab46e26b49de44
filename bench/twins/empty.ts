// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** What a test run costs by itself. */

import { xdp } from "tarsier/program";

export const run = xdp(() => xdp.pass);
