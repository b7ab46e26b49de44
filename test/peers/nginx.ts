/** nginx with a configuration of a test's own, on a port of its own, observed. */

import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../scripts/free-port.ts";
import { type Observation, type Scene, whenListening } from "./observed.ts";

/** Workers share the listening socket; a small file and a large one, which nginx sends by sendfile. */
const configuration = (folder: string, port: number) => `
daemon off;
worker_processes 2;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 512; }
http {
  access_log off;
  sendfile on;
  keepalive_requests 1000000;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port};
    root ${folder}/files;
  }
}
`;

export const largeFileBytes = 3_000_000;

/** Starts nginx under `tarsier observe` and waits until it listens. */
export async function startNginx(
  scene: Scene,
  options: readonly string[] = ["--cpu-budget", "100"],
): Promise<{ nginx: Observation; url: string; port: number }> {
  const port = await freePort();
  const files = join(scene.folder, "files");
  mkdirSync(files);
  chmodSync(scene.folder, 0o755);
  writeFileSync(join(files, "small"), "a small file\n".repeat(10));
  writeFileSync(join(files, "large"), Buffer.alloc(largeFileBytes, "large "));
  const path = join(scene.folder, "nginx.conf");
  writeFileSync(path, configuration(scene.folder, port));
  const nginx = await scene.observe([...options, "--", "/usr/sbin/nginx", "-e", "stderr", "-c", path]);
  await whenListening(port);
  return { nginx, url: `http://127.0.0.1:${port}`, port };
}
