/** The stock service: how many of an item there are. Some are sold out. */

import { listen, sendJson, serveUntilStopped } from "./http.js";

const count = (/** @type {string} */ sku) => (Number(sku.replace(/\D/g, "")) * 7) % 5;

const server = await listen(Number(process.env.PORT ?? 9001), [
  {
    method: "GET",
    path: /^\/stock$/,
    handle: async (_request, response, { query }) => {
      const available = count(query.get("sku") ?? "");
      sendJson(response, available >= Number(query.get("n")) ? 200 : 404, { available });
    },
  },
]);
serveUntilStopped(server);
