import { createHash, createHmac, generateKeyPairSync, sign } from "node:crypto";
import { expect } from "vitest";
import { refused, survived, taken, type HostileCase, type Make } from "./case.ts";
import { keysOf, type Target } from "./target.ts";

// I107–I120: floods of fields, texts that slow a reader down, and what one vendor alone does.

const only = (slug: string, make: Make): Make => (target) => (target.slug === slug ? make(target) : `${slug}'s own`);
const free = (id: string, name: string, run: HostileCase["run"], slow = false): HostileCase => ({ id, name, run, slow });

/** Every text of it replaced by this one. */
function withTexts(value: unknown, text: string): unknown {
  if (typeof value === "string") return text;
  if (Array.isArray(value)) return value.map((item) => withTexts(item, text));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withTexts(item, text)]));
}

/** The order of P-256: r and n − s make the same signature in its other form. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function der(r: bigint, s: bigint): Buffer {
  const integer = (value: bigint): Buffer => {
    const hex = value.toString(16);
    const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
    const padded = (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes;
    return Buffer.concat([Buffer.from([2, padded.length]), padded]);
  };
  const body = Buffer.concat([integer(r), integer(s)]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

const twilioJson = (target: Target, digestOf: Buffer, body: Buffer) => {
  const query = `?bodySHA256=${createHash("sha256").update(digestOf).digest("hex")}`;
  const proof = createHmac("sha1", target.key).update(`${target.door.url}${target.path()}${query}`).digest("base64");
  return { sent: { headers: [["content-type", "application/json"], ["x-twilio-signature", proof]] as [string, string][], body }, query };
};

export const specificCases: HostileCase[] = [
  refused("I107 I108 I110", "limits of requests", () => "limits have a suite of their own"),
  free("I109", "a flood of forgeries does not keep the genuine out", async (target) => {
    const forged = target.request({}, { proof: "0".repeat(64) });
    const statuses = await Promise.all(Array.from({ length: 200 }, async () => (await target.send(forged)).status));
    expect(new Set(statuses), target.slug).toEqual(new Set([401]));
    expect((await target.send(target.request({ body: target.body({ after: "flood" }) }))).status, target.slug).toBeLessThan(300);
  }, true),
  refused("I111", "a form of ten thousand fields, signed", only("twilio", (target) => target.request({ body: Buffer.from(`MessageSid=SM1&${Array.from({ length: 10_000 }, (_, n) => `f${n}=1`).join("&")}`) })), [400, 413]),
  survived("I112", "texts that make a careless pattern slow, in every field and header", (target) => {
    const text = `${"a".repeat(50_000)}!`;
    const headers = target.request().headers.map(([name]): [string, string] => [name, name === "content-type" ? "application/json" : `${"a".repeat(1_500)}!`]);
    if (target.slug === "twilio" || target.slug === "google") return { headers, body: Buffer.from(text) };
    const slow = withTexts(JSON.parse(target.body().toString("utf8")), text);
    const body = Buffer.from(JSON.stringify(slow));
    return [target.scheme.place === "body" ? target.request({}, { body: Buffer.from(JSON.stringify(withTexts(JSON.parse(target.request().body.toString("utf8")), text))) }) : target.request({ body }), { headers, body }];
  }),
  taken("I113", "Twilio: a field's values in any order, and twice", only("twilio", (target) => ["A=2&A=1&MessageSid=SM7", "MessageSid=SM8&A=1&A=1&A=2"].map((body) => target.request({ body: Buffer.from(body) })))),
  refused("I114", "Twilio: JSON whose digest is another's", only("twilio", (target) => {
    const body = Buffer.from('{"id":"e1","type":"t"}');
    const twice = twilioJson(target, body, body);
    return [twilioJson(target, Buffer.from("{}"), body), { ...twice, query: `${twice.query}&bodySHA256=${"0".repeat(64)}` }];
  })),
  taken("I114b", "Twilio: JSON whose digest is its own", only("twilio", (target) => {
    const body = Buffer.from('{"id":"e1","type":"t"}');
    return twilioJson(target, body, body);
  })),
  refused("I115", "SendGrid: r or s of 0, or as large as the order", only("sendgrid", (target) => [[0n, 0n], [0n, 1n], [1n, 0n], [order, 1n], [1n, order]].map(([r = 0n, s = 0n]) => target.request({}, { proof: der(r, s).toString("base64") })))),
  refused("I116", "SendGrid: a key of another curve or kind, in the signature and in the credentials", only("sendgrid", async (target) => {
    const other = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const text = (key: typeof other.publicKey): string => key.export({ format: "der", type: "spki" }).toString("base64");
    const made = [];
    for (const pair of [other, rsa]) {
      const to = await target.door.connect({ provider: "sendgrid", credentials: { [target.scheme.keyField]: text(pair.publicKey) } });
      const body = target.body();
      const proof = sign("sha256", Buffer.concat([Buffer.from(target.time()), body]), pair.privateKey).toString("base64");
      made.push({ sent: target.request({ body }, { proof }), to }, { sent: target.request({ body }, { proof }) });
    }
    return made;
  })),
  refused("I117", "Slack's and Zoom's challenge with a foreign secret", (target) => {
    if (target.slug === "slack") return target.request({ key: keysOf("slack", target.scheme, "foreign").key, body: Buffer.from('{"type":"url_verification","challenge":"c"}') });
    return target.slug === "zoom" ? target.request({ key: "foreign", body: Buffer.from('{"event":"endpoint.url_validation","payload":{"plainToken":"abc"}}') }) : "it sets no such challenge";
  }),
  free("I118", "Microsoft: a validation token of markup is text, and one that is too long is none", async (target) => {
    if (target.slug !== "microsoft") return "microsoft's own";
    const ask = (token: string) => target.send({ headers: [], body: Buffer.alloc(0) }, { query: `?validationToken=${encodeURIComponent(token)}` });
    const html = await ask("<script>alert(1)</script>");
    expect([html.status, html.body, html.headers["content-type"], html.headers["x-content-type-options"]]).toEqual([200, "<script>alert(1)</script>", "text/plain; charset=utf-8", "nosniff"]);
    for (const token of ["a".repeat(4_097), "a\r\nset-cookie: b=c", "\0"]) expect([400, 401, 422], JSON.stringify(token.slice(0, 30))).toContain((await ask(token)).status);
    return undefined;
  }),
  refused("I119", "a wrong client state or channel token", (target) => (target.slug === "microsoft" || target.slug === "google" ? ["x", `${target.key} `, target.key.slice(1)].map((proof) => target.request({}, { proof })).filter((sent) => !JSON.stringify(sent.headers).includes(`${target.key} "`)) : "it repeats no such secret")),
  taken("I120", "DocuSign: only the second signature is right", only("docusign", (target) => ({ headers: [["content-type", "application/json"], ["x-docusign-signature-1", Buffer.alloc(32).toString("base64")], ["x-docusign-signature-2", target.prove()]], body: target.body() }))),
];
