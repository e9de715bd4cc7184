import { expect } from "vitest";
import { exchange, head, type RawAnswer } from "../../support/raw-http.ts";
import { expectPlainRefusal, refused, taken, type HostileCase } from "./case.ts";
import type { Sent } from "./schemes.ts";
import type { Target } from "./target.ts";

// I81–I106: HTTP itself, what proxies say, and addresses.

const free = (id: string, name: string, run: HostileCase["run"]): HostileCase => ({ id, name, run });
const noBody = "it has no body";

const method = (id: string, ...methods: string[]): HostileCase => free(id, `${methods.join(" and ")} instead of POST`, async (target) => {
  for (const one of methods) {
    const sent = target.request();
    const answer = await target.send({ ...sent, body: Buffer.alloc(0), headers: [] }, { method: one });
    // A vendor that asks by GET is answered when it asks as documented.
    expect(answer.status, `${target.slug} ${one}`).toBe(one === "GET" && target.webhook.challengedByGet ? 400 : 405);
    if (answer.status === 405) expect(answer.headers["allow"], target.slug).toContain("POST");
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control-")), target.slug).toEqual([]);
  }
});

const withType = (sent: Sent, type: string | undefined): Sent => ({
  ...sent, headers: [...sent.headers.filter(([name]) => name !== "content-type"), ...(type === undefined ? [] : [["content-type", type] satisfies [string, string]])],
});

/** The head of a genuine request with these headers more, and bytes after it. */
async function raw(target: Target, more: [string, string][], chunks: (sent: Sent) => (string | Buffer)[], line?: string): Promise<{ answers: RawAnswer[]; closed: boolean; text: string }> {
  const sent = target.request({ body: target.body({ raw: JSON.stringify(more) }) });
  const start = head("POST", target.path(sent), [...sent.headers, ...more]);
  return await exchange(target.door.port, [line === undefined ? start : start.replace("\r\n\r\n", `\r\n${line}\r\n\r\n`), ...chunks(sent)]);
}

export const transportCases: HostileCase[] = [
  method("I81", "GET", "PUT", "DELETE", "PATCH"),
  method("I82", "HEAD"),
  method("I83", "OPTIONS"),
  refused("I84", "content types that the vendor does not send", (target) => {
    if (target.slug === "google") return noBody;
    const accepted = target.webhook.contentTypes ?? ["application/json"];
    return [undefined, "text/plain", "text/xml", "application/xml", "multipart/form-data; boundary=x", "application/octet-stream", "application/jsonp", "json"]
      .filter((type) => type === undefined || !accepted.some((one) => type.startsWith(one) && type !== "application/jsonp")).map((type) => withType(target.request(), type));
  }, [415]),
  taken("I85", "the content type in other spellings", (target) => {
    const own = target.request().headers.find(([name]) => name === "content-type")?.[1];
    if (own === undefined) return "it sends none";
    return [`${own};`, `${own}\t`, `${own.toUpperCase()} ;charset=utf8`, `${own}; charset="UTF-8"`, `${own}; utf-8`].map((type, n) => withType(target.request({ body: target.body({ spelling: n }) }), type));
  }),
  free("I86", "both Content-Length and chunks", async (target) => {
    const { answers, closed } = await raw(target, [["content-length", "5"], ["transfer-encoding", "chunked"]], () => ["0\r\n\r\n"]);
    expect([answers[0]?.status, answers.length, closed], target.slug).toEqual([400, 1, true]);
  }),
  free("I87", "a chunk whose size is none", async (target) => {
    for (const size of ["zz", "-1", "FFFFFFFFFFFFFFFFF", "5 5"]) {
      const { answers, closed } = await raw(target, [["transfer-encoding", "chunked"]], () => [`${size}\r\nhello\r\n0\r\n\r\n`]);
      expect([answers.map((answer) => answer.status).filter((status) => status !== 400), closed], `${target.slug} ${size}`).toEqual([[], true]);
    }
  }),
  free("I88", "Expect: 100-continue is answered, any other expectation refused", async (target) => {
    const sent = target.request({ body: target.body({ expect: 1 }) });
    const start = (value: string): string => head("POST", target.path(sent), [...sent.headers, ["expect", value], ["content-length", String(sent.body.length)]]);
    const going = await exchange(target.door.port, [start("100-continue"), sent.body]);
    expect(going.text.startsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 20"), `${target.slug} ${going.text.slice(0, 200)}`).toBe(true);
    expect((await exchange(target.door.port, [start("200-maybe")])).answers[0]?.status, target.slug).toBe(417);
  }),
  refused("I89", "101 headers", (target) => {
    const sent = target.request();
    return { ...sent, headers: [...sent.headers, ...Array.from({ length: 101 }, (_, n): [string, string] => [`x-filler-${n}`, "1"])] };
  }, [431]),
  free("I90", "a body of more than 1 MiB is refused before it is read", async (target) => {
    const { answers } = await raw(target, [["content-length", String(1024 * 1024 + 1)]], () => []);
    expect(answers[0]?.status, target.slug).toBe(413);
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    const chunked = await raw(target, [["transfer-encoding", "chunked"]], () => Array.from({ length: 17 }, () => chunk));
    expect(chunked.answers.map((answer) => answer.status).filter((status) => status !== 413), target.slug).toEqual([]);
  }),
  free("I91 I93 I94", "proxies' headers from a peer that is no proxy of ours say nothing of where it came from", async (target) => {
    const forwarded: [string, string][] = [["x-forwarded-for", "54.187.174.169"], ["forwarded", "for=54.187.174.169;proto=https;host=evil.example"], ["x-real-ip", "54.187.174.169"], ["cf-connecting-ip", "54.187.174.169"]];
    expect((await target.send(target.request({ body: target.body({ forwarded: 1 }) }), { add: forwarded })).status, target.slug).toBeLessThan(300);
    const rows = await target.door.platform.db.tenantTransaction("acme", (tx) => tx.inboundEvent.findMany({ where: { integrationId: target.id } }));
    expect([...new Set(rows.map((row) => row.sourceIp))], target.slug).toEqual(["127.0.0.1"]);
  }),
  taken("I92", "a chain of fifty proxies", (target) => ({ sent: target.request({ body: target.body({ chain: 1 }) }), add: [["x-forwarded-for", Array.from({ length: 50 }, (_, n) => `10.0.0.${n}`).join(", ")]] })),
  refused("I95", "the address is made to look like the signed one by a proxy's headers", (target) => {
    if (target.slug !== "twilio") return "it signs no address";
    const url = `https://evil.example${target.path()}`;
    return [
      { sent: target.request({ url }), add: [["x-forwarded-host", "evil.example"], ["x-forwarded-proto", "https"]] satisfies [string, string][] },
      { sent: target.request({ url }), add: [["forwarded", "host=evil.example;proto=https"]] satisfies [string, string][] },
    ];
  }),
  refused("I96 I97 I98", "allow-lists of addresses", () => "none is set here: an integration without one takes its webhooks from everywhere"),
  free("I99", "a provider that there is not", async (target) => {
    for (const slug of ["nobody", target.slug.toUpperCase(), `${target.slug}%00`, "__proto__", "constructor", "..%2f..%2fv1", "silae"]) {
      const sent = target.request();
      const { answers } = await exchange(target.door.port, [head("POST", `/webhooks/${slug}/${target.id}`, [...sent.headers, ["content-length", String(sent.body.length)]]), sent.body]);
      expect(answers[0]?.status, `${target.slug} ${slug}`).toBe(404);
    }
  }),
  free("I100", "an integration that there is not, another provider's, or a deleted one: one and the same answer", async (target) => {
    const deleted = await target.door.connect({ provider: target.slug, credentials: null });
    await target.door.platform.db.tenantTransaction("acme", (tx) => tx.integration.update({ where: { id: deleted }, data: { deletedAt: new Date() } }));
    const foreign = await target.door.connect({ provider: target.slug === "zoom" ? "stripe" : "zoom", credentials: null });
    const bodies = new Set<string>();
    for (const to of ["int_01k00000000000000000000000", deleted, foreign, "x", "int_", "' OR 1=1 --", "x".repeat(290)]) {
      const answer = await target.send(target.request(), { to: encodeURIComponent(to) });
      expect(answer.status, `${target.slug} ${to}`).toBe(404);
      const { requestId: _, ...rest } = JSON.parse(answer.body) as { requestId: string };
      bodies.add(JSON.stringify(rest));
    }
    expect(bodies.size, target.slug).toBe(1);
  }),
  free("I101 I102 I103 I104 I105", "addresses that another reader would take for this one", async (target) => {
    const { id, slug } = target;
    const sent = target.request();
    for (const path of [`/webhooks/${slug}/%2e%2e/${id}`, `/webhooks/${slug}/${id}%00`, `//webhooks/${slug}/${id}`, `/webhooks//${slug}/${id}`, `/webhooks/${slug}/${id.toUpperCase()}`, `/WEBHOOKS/${slug}/${id}`, `/webhooks/${slug}/${id};a=b`, `/webhooks/${slug}/${"a".repeat(4_096)}`, `/webhooks/${slug}/${id}%20`, `/webhooks/${slug}/${id}/../${id}`, `/webhooks/${slug}/%ff`]) {
      const { answers } = await exchange(target.door.port, [head("POST", path, [...sent.headers, ["content-length", String(sent.body.length)]]), sent.body]);
      expect([400, 404, 401], `${slug} ${path.slice(0, 80)} ${answers[0]?.body}`).toContain(answers[0]?.status);
    }
  }),
  free("I106", "another tenant's address with one's own secret", async (target) => {
    const answer = await target.send(target.request(), { to: target.other.id });
    expect(answer.status, target.slug).toBe(401);
    expectPlainRefusal(answer);
  }),
];
