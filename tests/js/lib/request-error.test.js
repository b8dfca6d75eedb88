import assert from "node:assert/strict";
import test from "node:test";
import { pauseMs, RequestError } from "../../../chat/static/js/lib/request-error.js";

test("a pause is what a server can mean by one", () => {
  assert.equal(pauseMs(0.25), 250);
  assert.equal(pauseMs(-5), 0);
  assert.equal(pauseMs(1e12), 3_600_000);
  for (const nonsense of [undefined, null, "soon", "5", {}, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.equal(pauseMs(nonsense), undefined);
  }
});

test("an error has the pause that came with it", () => {
  assert.equal(new RequestError({ code: "unavailable", retry_after: 2 }).retryAfterMs, 2000);
  assert.equal(new RequestError({ code: "unavailable" }).retryAfterMs, undefined);
});
