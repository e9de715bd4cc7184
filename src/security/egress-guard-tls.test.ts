import { createPrivateKey, X509Certificate } from "node:crypto";
import { createServer as createPlainServer, type Server as PlainServer } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createAddressRules } from "./address-rules.ts";
import { createGuardedDispatcher, type LookupAll } from "./egress-guard.ts";
import { guardedPost } from "./guarded-post.ts";

// A certificate for hooks.example.com that signed itself, valid for a century, and its key: public, for this test alone.
const keyBase64 = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgDHER0/T2nE8o1KRW4+DkmhD96b4jxjaVfBzXxv7ib12hRANCAATOmxlDUoL+5JUCyOeQObN0qEmGuDZS9OiQ5g5q8WQ3iczgdsUGoowxXm/OBPXBCxL6qBa7gX/6Svqx6aVP4lbF";
const certificateBase64 =
  "MIIBrDCCAVOgAwIBAgIURQKUS2XJ9bR/GfZ6KEODP0y+lyswCgYIKoZIzj0EAwIwHDEaMBgGA1UEAwwRaG9va3MuZXhhbXBsZS5jb20wIBcNMjYxMTI0MDI1NTE5WhgPMjEyNjEwMzEwMjU1MTlaMBwxGjAYBgNVBAMMEWhvb2tzLmV4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEzpsZQ1KC/uSVAsjnkDmzdKhJhrg2UvTokOYOavFkN4nM4HbFBqKMMV5vzgT1wQsS+qgWu4F/+kr6semlT+JWxaNxMG8wHQYDVR0OBBYEFEDf5/JY3CcQ+M280IQzqkENGqA8MB8GA1UdIwQYMBaAFEDf5/JY3CcQ+M280IQzqkENGqA8MA8GA1UdEwEB/wQFMAMBAf8wHAYDVR0RBBUwE4IRaG9va3MuZXhhbXBsZS5jb20wCgYIKoZIzj0EAwIDRwAwRAIgEOxV7AGDmor9YkHNbhNBmRK00n/c+RitdphjdMGLHB0CIG19ra1yt4cwZeUy+mYemqrtIjvEcy3pT15LcfZFv6QA";
const key = createPrivateKey({ key: Buffer.from(keyBase64, "base64"), format: "der", type: "pkcs8" }).export({ format: "pem", type: "pkcs8" });
const cert = new X509Certificate(Buffer.from(certificateBase64, "base64")).toString();

const trusted = tls.getCACertificates("default");
const lookup: LookupAll = (_name, _options, callback) => setImmediate(() => callback(null, [{ address: "127.0.0.2", family: 4 }]));
let server: Server;
let plain: PlainServer;
let plainHits = 0;

beforeAll(async () => {
  server = createServer({ key, cert }, (request, response) => {
    request.resume();
    if (request.url === "/moved") response.writeHead(302, { location: `http://127.0.0.2:${(plain.address() as AddressInfo).port}/` });
    response.end("reached");
  });
  plain = createPlainServer((_request, response) => {
    plainHits += 1;
    response.end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.2", done));
  await new Promise<void>((done) => plain.listen(0, "127.0.0.2", done));
});
afterAll(() => {
  tls.setDefaultCACertificates(trusted);
  server?.close();
  plain?.close();
});

async function post(host: string, path = "/"): Promise<string> {
  const dispatcher = createGuardedDispatcher(createAddressRules(["127.0.0.2/32"]), { connectTimeoutMs: 1_000, connectionsPerOrigin: 1, lookup });
  try {
    const answer = await guardedPost(dispatcher, `https://${host}:${(server.address() as AddressInfo).port}${path}`, { headers: {}, body: "{}", timeoutMs: 2_000, keepBytes: 8192, readBytes: 131_072 });
    return answer.statusCode === 200 ? answer.body.toString("utf8") : String(answer.statusCode);
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  } finally {
    await dispatcher.destroy();
  }
}

it("S119 takes a certificate from nobody it does not trust, whatever the environment says", async () => {
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  try {
    expect(await post("hooks.example.com")).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
  } finally {
    delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
  }
});

it("S119 takes a trusted certificate for its own name alone", async () => {
  tls.setDefaultCACertificates([...trusted, cert]);
  expect(await post("hooks.example.com")).toBe("reached");
  for (const host of ["other.example.com", "127.0.0.2"]) expect(await post(host), host).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
});

it("S112 does not follow a redirect from https to http", async () => {
  tls.setDefaultCACertificates([...trusted, cert]);
  expect(await post("hooks.example.com", "/moved")).toBe("302");
  expect(plainHits).toBe(0);
});
