import { describe, expect, it } from "vitest";
import { signRequest } from "./signing.ts";

describe("signRequest", () => {
  it("agrees with the test of a published client library (POST with a body)", () => {
    const signature = signRequest({
      secretKey: "api_secret",
      timestamp: 1712760187,
      method: "POST",
      pathWithQuery: "/resources/accessTokens",
      body: '{"userId":"1000","levelName":"default","ttl":60}',
    });
    expect(signature).toBe("260c8893fb0317e8a714ce3bce9c16821649f1e27a49bd7d926fcf23942628c0");
  });

  it("takes the query along and adds nothing for an empty body", () => {
    const request = {
      secretKey: "Hej2ch71kG2kTd1iIUDZFNsO5C1lh5Gq",
      timestamp: 1607551635,
      method: "post",
      pathWithQuery:
        "/resources/accessTokens?userId=cfd20712-24a2-4c7d-9ab0-146f3c142335&levelName=basic-kyc-level&ttlInSecs=600",
    };
    expect(signRequest(request)).toBe("1e1856be1c1e1ff113e5664acac6b423ffefe04ad42ff36567622ef56f62c4b1");
    expect(signRequest({ ...request, body: "" })).toBe(signRequest(request));
  });

  it("signs bytes as they are, not as text", () => {
    const request = { secretKey: "s", timestamp: 1, method: "POST", pathWithQuery: "/" };
    expect(signRequest({ ...request, body: Buffer.from([0xff, 0xfe]) })).not.toBe(signRequest({ ...request, body: "\ufffd\ufffd" }));
  });
});
