import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../errors/error.ts";
import { accountFor, environmentOf } from "./user.ts";

const passwd = "root:x:0:0:root:/root:/bin/sh\nada:x:1000:1001:Ada:/home/ada:/bin/bash\n";

test("under sudo a command runs as the user who called it", () => {
  const account = accountFor(undefined, { SUDO_UID: "1000" }, passwd);
  assert.deepEqual(account, { name: "ada", userId: 1000, groupId: 1001, home: "/home/ada" });
  assert.deepEqual(environmentOf(account!), { HOME: "/home/ada", USER: "ada", LOGNAME: "ada" });
});

test("without sudo, or under root's own, nothing changes", () => {
  assert.equal(accountFor(undefined, {}, passwd), undefined);
  assert.equal(accountFor(undefined, { SUDO_UID: "0" }, passwd), undefined);
});

test("who called sudo and is not known here is not taken for root", () => {
  assert.throws(() => accountFor(undefined, { SUDO_UID: "4242" }, passwd), {
    name: InputError.name,
    message: /^the user 4242, who called sudo, .* --user root/,
  });
});

test("a user is named by name or id, and an unknown one is refused", () => {
  assert.equal(accountFor("ada", {}, passwd)?.userId, 1000);
  assert.equal(accountFor("1000", {}, passwd)?.name, "ada");
  assert.throws(() => accountFor("bob", {}, passwd), InputError);
});
