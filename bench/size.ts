/** `npm run bench:size`: what an installed Tarsier takes. Above the limit it exits with 1. */

import { installedSizes } from "./installed-size.ts";

const limitMegabytes = 25;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

const { packages, packedBytes } = installedSizes();
for (const { name, bytes } of packages) console.log(`${megabytes(bytes).padStart(9)}  ${name}`);
const total = packages.reduce((sum, { bytes }) => sum + bytes, 0);
console.log(`${megabytes(total).padStart(9)}  in all; the limit is ${limitMegabytes} MB`);
console.log(`${megabytes(packedBytes).padStart(9)}  the package as it is published`);
if (total > limitMegabytes * 1e6) process.exitCode = 1;
