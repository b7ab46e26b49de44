/** The price service: what an item costs. It thinks a little about dear ones. */

import { setTimeout as sleep } from "node:timers/promises";
import { listen, sendJson, serveUntilStopped } from "./http.js";

const server = await listen(Number(process.env.PORT ?? 9002), [
  {
    method: "GET",
    path: /^\/price\/sku-(\d+)$/,
    handle: async (_request, response, { parameters: [number] }) => {
      const price = 5 + ((Number(number) * 37) % 100);
      if (price > 80) await sleep(5);
      sendJson(response, 200, { price });
    },
  },
]);
serveUntilStopped(server);
