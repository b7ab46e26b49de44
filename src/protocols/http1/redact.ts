/** Takes out of a request target what may be secret: the values of its query, and user and password before a host. */

const HIDDEN = "…";

/** A parameter without a value that reads as a name: `?wsdl`, `?dry-run`. Anything else may be a token of its own. */
const flagName = /^[A-Za-z_.-]{1,24}$/;

/** `/stock?sku=7&n=2` → `/stock?sku=…&n=…`. Names of parameters stay. `truncated`: the target goes on. */
export function redactTarget(target: string, truncated = false): string {
  const queryStart = target.search(/[?#]/);
  const path = queryStart < 0 ? target : target.slice(0, queryStart);
  const query = queryStart < 0 ? "" : target.slice(queryStart);
  const bare = path.startsWith("/") ? path : withoutUser(path, query === "" ? truncated : query.includes("@"));
  return query === "" ? bare : bare + query.replace(/[^?&;#]+/g, redactParameter);
}

function redactParameter(parameter: string): string {
  const equals = parameter.indexOf("=");
  if (equals >= 0) return parameter.slice(0, equals + 1) + HIDDEN;
  return flagName.test(parameter) ? parameter : HIDDEN;
}

/** `http://user:password@host/path` → `http://host/path`; `user@host:443` → `host:443`. `hostUncertain`: it may be a user. */
function withoutUser(target: string, hostUncertain: boolean): string {
  const scheme = target.indexOf("://");
  const start = scheme < 0 ? 0 : scheme + "://".length;
  const slash = target.indexOf("/", start);
  const end = slash < 0 ? target.length : slash;
  const at = target.lastIndexOf("@", end);
  if (at >= start) return target.slice(0, start) + target.slice(at + 1);
  return hostUncertain && slash < 0 ? target.slice(0, start) + HIDDEN : target;
}
