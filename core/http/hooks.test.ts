import { describe, expect, test } from "vitest";
import { openDoor, type Door } from "../../test/support/door.ts";
import { LoomError } from "../errors/loomError.ts";
import type { Webhooks } from "../run/contract.ts";

type Received = Parameters<Webhooks["receive"]>[0];

/** A door behind which one workflow takes whatever carries this secret. */
async function hooked(): Promise<{ door: Door; received: Received[] }> {
  const received: Received[] = [];
  const webhooks: Webhooks = {
    receive: async (request, proved) => {
      if (request.headers["x-loom-token"] !== "open sesame") throw new LoomError("WEBHOOK_REFUSED", "The secret is not right.");
      return proved(async () => (received.push(request), { outcome: "started", runId: "run-1" }));
    },
  };
  return { door: await openDoor({ services: { webhooks } }), received };
}

const secret = { "X-Loom-Token": "open sesame" };

describe("the hook of a workflow", () => {
  test("takes any content type without a credential, and hands the bytes on as they came", async () => {
    const { door, received } = await hooked();
    await using _ = door;
    for (const type of ["application/json", "application/x-www-form-urlencoded", "text/plain", "application/cloudevents+json"]) {
      const { status, json } = await door.post("/hooks/deploy", " {\"a\" : 1}\n", { as: "nobody", headers: { ...secret, "Content-Type": type } });
      expect([type, status, json]).toEqual([type, 202, { runId: "run-1", outcome: "started", reason: null }]);
    }
    expect(received.map(({ workflowId, body }) => [workflowId, body.toString()])).toEqual(Array(4).fill(["deploy", " {\"a\" : 1}\n"]));
    expect((await door.post("/hooks/deploy", undefined, { as: "nobody", headers: secret })).status).toBe(202);
    expect(received.at(-1)!.body).toHaveLength(0);
  });

  test("takes no more than 1 MiB, nothing compressed, and only POST", async () => {
    const { door, received } = await hooked();
    await using _ = door;
    expect((await door.post("/hooks/deploy", "x".repeat(1024 * 1024 + 1), { headers: secret })).json.code).toBe("TOO_LARGE");
    expect((await door.post("/hooks/deploy", "x", { headers: { ...secret, "Content-Encoding": "gzip" } })).json.code).toBe("UNSUPPORTED_TYPE");
    expect((await door.get("/hooks/deploy", { headers: secret })).status).toBe(405);
    expect((await door.post("/hooks/deploy/more", {}, { headers: secret })).status).toBe(404);
    expect((await door.post("/hooks/deploy?secret=1", {}, { headers: secret })).json.code).toBe("BAD_INPUT");
    expect(received).toEqual([]);
  });

  test("is closed to what another site makes a browser send", async () => {
    const { door, received } = await hooked();
    await using _ = door;
    for (const headers of [{ Origin: "http://evil.example" }, { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors" }, { "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "no-cors" }]) {
      expect((await door.post("/hooks/deploy", {}, { as: "nobody", headers: { ...secret, ...headers } })).json.code).toBe("ORIGIN_NOT_ALLOWED");
    }
    expect((await door.post("/hooks/deploy", {}, { as: "nobody", headers: { ...secret, Host: "loom.example" } })).json.code).toBe("HOST_NOT_ALLOWED");
    expect(received).toEqual([]);
  });

  test("is not held up by long bodies of another one that takes long", async () => {
    const gate = Promise.withResolvers<void>();
    const taken: string[] = [];
    const receive: Webhooks["receive"] = async ({ workflowId }) => (taken.push(workflowId), workflowId === "slow" && (await gate.promise), { outcome: "started", runId: "run-1" });
    await using door = await openDoor({ services: { webhooks: { receive } } });
    const post = async (id: string): Promise<number> => (await door.post(`/hooks/${id}`, "x".repeat(20_000), { as: "nobody" })).status;
    const slow = Array.from({ length: 6 }, () => post("slow"));
    await expect.poll(() => taken.length).toBe(4);
    expect(await post("deploy")).toBe(202);
    gate.resolve();
    expect(await Promise.all(slow)).toEqual(Array(6).fill(202));
  });

  test("counts wrong secrets, and still takes the right one", async () => {
    const { door } = await hooked();
    await using _ = door;
    const guess = async (): Promise<string> => (await door.post("/hooks/deploy", {}, { as: "nobody", headers: { "X-Loom-Token": "guess" } })).json.code;
    const codes = await Promise.all(Array.from({ length: 25 }, guess));
    expect(codes.toSorted()).toEqual([...Array(5).fill("RATE_LIMITED"), ...Array(20).fill("WEBHOOK_REFUSED")]);
    expect((await door.post("/hooks/deploy", {}, { as: "nobody", headers: secret })).status).toBe(202);
  });
});
