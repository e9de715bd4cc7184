import { hostileBodies } from "../../providers/hostile.ts";
import { exchange, head } from "../../support/raw-http.ts";
import { expect } from "vitest";
import { refused, survived, type HostileCase } from "./case.ts";
import type { Target } from "./target.ts";

// I49–I72: bodies that are not the signed ones, and signed ones that no vendor would send.

const uncovered = "its proof does not cover the body, which is only a hint";

/** The bytes changed after signing. */
const altered = (...changes: ((body: Buffer) => Buffer)[]) => (target: Target) => {
  if (!target.scheme.coversBody) return uncovered;
  const body = target.body();
  return changes.map((change) => change(body)).filter((changed) => !changed.equals(body)).map((changed) => target.request({ body }, { body: changed }));
};
const asText = (change: (text: string) => string) => (body: Buffer): Buffer => Buffer.from(change(body.toString("utf8")));
const isForm = ({ slug }: Target): boolean => slug === "twilio";

/** A request of these framing headers and bytes, on a connection of its own. */
const framed = (id: string, name: string, frame: (body: Buffer) => { length: number; bytes: Buffer }): HostileCase => ({
  id, name,
  run: async (target) => {
    const sent = target.request({ body: target.body({ framed: id }) });
    if (sent.body.length < 2) return "it has no body";
    // What is left of it would be a hint like any other.
    if (id === "I56" && target.scheme.place === "path") return uncovered;
    const { length, bytes } = frame(sent.body);
    const before = await target.accepted();
    const { answers } = await exchange(target.door.port, [head("POST", target.path(sent), [...sent.headers, ["content-length", String(length)]]), bytes], { end: true });
    // What is cut is not the signed body; what is left over is no request.
    for (const { status } of answers) expect([400, 401, 408], target.slug).toContain(status);
    expect(await target.accepted(), target.slug).toBe(before);
    return undefined;
  },
});

const signed = (make: (target: Target) => Buffer | Buffer[]) => (target: Target) => {
  if (target.slug === "google") return "it has no body";
  if (isForm(target)) return "it sends forms: I111";
  if (target.scheme.place === "body") return "its proof is in the body: it must be an object with its own fields";
  return [make(target)].flat().map((body) => target.request({ body }));
};

const namedBodies = hostileBodies();
const hostile = (id: string, name: string): HostileCase => survived(id, `signed: ${name}`, signed(() => Buffer.from(namedBodies.find((one) => one.name === name)?.body ?? "")));

export const bodyCases: HostileCase[] = [
  refused("I49", "the JSON is written anew", (target) => (isForm(target) ? "it sends forms" : altered(asText((text) => JSON.stringify(JSON.parse(text), null, 1)), asText((text) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text) as object).toReversed()))))(target))),
  refused("I50", "a space is added", altered(asText((text) => `${text} `), asText((text) => ` ${text}`))),
  refused("I51", "line breaks are added or changed", altered(asText((text) => `${text}\r\n`), asText((text) => `${text}\n`))),
  refused("I52", "a byte order mark is added", altered((body) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]))),
  refused("I53", "the signed body is said to be compressed", (target) => ["gzip", "br", "deflate", "x"].map((encoding) => ({ sent: target.request(), add: [["content-encoding", encoding]] satisfies [string, string][] })).filter(() => target.slug !== "google"), [415]),
  refused("I54", "the signed body is said to be UTF-16", (target) => {
    const sent = target.request();
    return target.slug === "google" ? "it has no body" : { ...sent, headers: sent.headers.map(([name, value]) => (name === "content-type" ? [name, `${value}; charset=utf-16`] : [name, value])) };
  }, [415]),
  framed("I55", "the body ends before its length", (body) => ({ length: body.length + 10, bytes: body })),
  framed("I56", "the body is longer than its length", (body) => ({ length: Math.floor(body.length / 2), bytes: body })),
  refused("I57", "the body is empty", (target) => (target.scheme.coversBody ? target.request({}, { body: Buffer.alloc(0) }) : uncovered)),
  refused("I58", "a NUL follows the body", altered((body) => Buffer.concat([body, Buffer.alloc(1)]))),
  hostile("I59", "half an object"), hostile("I60", "a list"), hostile("I61", "null"), hostile("I62", "a text"), hostile("I63", "NaN"), hostile("I64", "10,000 levels"),
  hostile("I65", "1 MB of brackets"), hostile("I66", "200,000 keys"), hostile("I67", "the same key twice"), hostile("I68", "__proto__"), hostile("I69", "constructor"),
  hostile("I70", "half a surrogate pair"), hostile("I71", "NUL"), hostile("I72", "huge numbers"), hostile("I59b", "bytes that are no text"), hostile("I75", "an id of 10 KB"),
];
