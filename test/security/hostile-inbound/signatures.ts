import type { HostileCase } from "./case.ts";
import { refused, taken } from "./case.ts";
import { keysOf, type Target } from "./target.ts";
import type { Sent } from "./schemes.ts";

// I01–I28: proofs that are missing, another's, cut, respelt, or one of several.

const inHeader = ({ scheme }: Target): string | null => (typeof scheme.place === "object" ? scheme.place.header : null);
const isMac = ({ scheme }: Target): boolean => scheme.spelling !== "text";
const noHeader = "its proof is in no header";
const noMac = "it repeats a secret and signs nothing";

/** The proof's header with this value. */
function withHeader(sent: Sent, name: string, change: (value: string) => string): Sent {
  return { ...sent, headers: sent.headers.map(([header, value]) => [header, header === name ? change(value) : value]) };
}

/** A genuine request with its proof changed as a text. */
const changedProof = (change: (proof: string, target: Target) => string) => (target: Target): Sent => target.request({}, { proof: change(target.prove(), target) });

const bytesOf = (proof: string, { scheme }: Target): Buffer => (scheme.spelling === "text" ? Buffer.from(proof) : Buffer.from(proof, scheme.spelling === "hex" ? "hex" : "base64"));
const spell = (bytes: Buffer, { scheme }: Target): string => (scheme.spelling === "text" ? bytes.toString("latin1") : bytes.toString(scheme.spelling === "hex" ? "hex" : "base64"));

const changedBytes = (change: (bytes: Buffer) => Buffer) => changedProof((proof, target) => spell(change(bytesOf(proof, target)), target));

export const signatureCases: HostileCase[] = [
  taken("I00", "what is genuine passes, so that what follows means something", (target) => target.request({ body: target.body({ control: 1 }) })),
  refused("I01", "the proof is missing", (target) => target.request({}, { proof: undefined })),
  refused("I02", "the proof is empty", (target) => target.scheme.place === "path" ? "an empty last segment is the address without it: I01" : target.request({}, { proof: "" })),
  refused("I03", "the proof's header comes twice", (target) => {
    const header = inHeader(target);
    if (header === null) return noHeader;
    const sent = target.request();
    const again = sent.headers.filter(([name]) => name === header);
    return { ...sent, headers: [...sent.headers, ...again] };
  }),
  refused("I04", "the secret is a wrong one", (target) => target.scheme.spelling === "der" ? target.request({ key: keysOf(target.slug, target.scheme, "wrong").key }) : target.request({ key: "w".repeat(40) })),
  refused("I05", "the secret is another tenant's", (target) => target.request({ key: target.other.key })),
  refused("I06", "the secret is another provider's", (target) => target.scheme.spelling === "der" ? "no other vendor has a private key" : target.request({ key: "whsec_5f2d8c1b7a904e36b1d0c2f3a4958677" })),
  refused("I07", "the proof's last byte is another", changedBytes((bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([(bytes.at(-1) ?? 0) ^ 1])]))),
  refused("I08", "the proof is cut to 1, 8 and 31 bytes", (target) => [1, 8, 31].map((length) => changedBytes((bytes) => bytes.subarray(0, Math.min(length, bytes.length - 1)))(target))),
  refused("I09", "the proof is longer", (target) => [changedBytes((bytes) => Buffer.concat([bytes, bytes.subarray(0, 1)]))(target), changedProof((proof) => `${proof}0`)(target)]),
  refused("I10", "the right proof in another spelling", (target) => {
    if (!isMac(target)) return changedProof((proof) => proof.toUpperCase())(target);
    return [changedProof((proof) => bytesOf(proof, target).toString(target.scheme.spelling === "hex" ? "base64" : "hex"))(target), changedProof((proof) => bytesOf(proof, target).toString("hex").toUpperCase())(target)];
  }),
  refused("I11", "the proof is made with the empty key", (target) => (target.scheme.spelling === "der" ? "a signature needs a private key" : target.scheme.spelling === "text" ? "an empty secret is an empty proof: I02" : target.request({ key: "" }))),
  refused("I12", "the secret was replaced", async (target) => {
    const [before, after] = [keysOf(target.slug, target.scheme, "before"), keysOf(target.slug, target.scheme, "after")];
    const to = await target.door.connect({ provider: target.slug, credentials: before.credentials });
    await target.door.replaceCredentials(to, after.credentials);
    return { sent: target.request({ key: before.key, url: `${target.door.url}${target.path({}, to)}` }), to };
  }),
  refused("I13", "the proof is neither hex nor base64", (target) => isMac(target) ? ["z".repeat(64), "!!!", "%", "\u00e9".repeat(40)].map((proof) => target.request({}, { proof })) : "any text may be its secret: I04"),
  refused("I14", "hex of an odd length", (target) => (target.scheme.spelling === "hex" ? [changedProof((proof) => proof.slice(0, -1))(target), changedProof((proof) => `${proof}a`)(target)] : "its proof is not hex")),
  refused("I15", "base64 that is not canonical", (target) => {
    if (target.scheme.spelling !== "base64" && target.scheme.spelling !== "der") return "its proof is not base64";
    const noncanonical = (proof: string): string => {
      const body = proof.replace(/=+$/, "");
      const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
      return `${body.slice(0, -1)}${alphabet[alphabet.indexOf(body.at(-1) ?? "A") | 1] ?? ""}${proof.slice(body.length)}`;
    };
    const tries = [changedProof((proof) => proof.replace(/=+$/, ""))(target), changedProof((proof) => `${proof}=`)(target)];
    // A signature of a length that base64 fills leaves no bits to spare.
    return target.prove().endsWith("=") && noncanonical(target.prove()) !== target.prove() && target.scheme.spelling === "base64" ? [...tries, changedProof(noncanonical)(target)] : tries.filter((one) => JSON.stringify(one.headers) !== JSON.stringify(target.request().headers)).slice(-1);
  }),
  refused("I16", "base64url where base64 is due", (target) => {
    if (target.scheme.spelling !== "base64" && target.scheme.spelling !== "der") return "its proof is not base64";
    return changedProof((proof) => proof.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""))(target);
  }),
  refused("I17", "spaces within the proof", (target) => [changedProof((proof) => `${proof.slice(0, 8)} ${proof.slice(8)}`)(target), changedProof((proof) => `${proof.slice(0, 8)}\t${proof.slice(8)}`)(target)]),
  refused("I18", "a proof of 64 KB", (target) => target.request({}, { proof: "a".repeat(65_536) }), [401, 404, 431]),
  refused("I19", "other schemes than the vendor's", (target) => {
    const header = inHeader(target);
    if (header === null || !isMac(target)) return "its proof names no scheme";
    return ["v0=", "v1a=", "none", "none=", "v2=", "sha1=", "plain "].filter((prefix) => prefix !== target.scheme.prefix)
      .map((prefix) => withHeader(target.request(), header, (value) => target.scheme.prefix === "" ? `${prefix}${value}` : value.replace(target.scheme.prefix, prefix)));
  }),
  refused("I20", "a thousand signatures in one list, and one more than are looked at", (target) => {
    const header = inHeader(target);
    if (header === null || !isMac(target)) return noHeader;
    if (target.slug === "docusign") {
      const sent = target.request({}, { proof: Buffer.alloc(32).toString("base64") });
      return { ...sent, headers: [sent.headers[0] ?? ["content-type", "application/json"], ...Array.from({ length: 21 }, (_, i): [string, string] => [`${header.slice(0, -1)}${i + 1}`, i === 20 ? target.prove() : Buffer.alloc(32, i).toString("base64")])] };
    }
    const list = (count: number) => withHeader(target.request(), header, (value) => `${`${target.scheme.prefix}${"0".repeat(64)},`.repeat(count)}${value}`);
    return [list(20), list(1_000)];
  }, [401, 431]),
  taken("I21", "a wrong one and the right one", (target) => {
    const header = inHeader(target);
    if (target.slug === "docusign") {
      const sent = target.request();
      return { ...sent, headers: [...sent.headers.filter(([name]) => name !== header), ["x-docusign-signature-1", Buffer.alloc(32).toString("base64")], ["x-docusign-signature-2", target.prove()]] };
    }
    return target.slug === "stripe" ? withHeader(target.request(), "stripe-signature", (value) => value.replace("v1=", `v1=${"0".repeat(64)},v1=`)) : "it sends one proof";
  }),
  taken("I22", "signed with the old and the new secret while the vendor changes it", (target) => {
    if (target.slug !== "stripe") return "it signs with one secret at a time; two of ours that are valid are the contract suite's";
    return withHeader(target.request(), "stripe-signature", (value) => `${value},v1=${target.prove({ key: "w".repeat(40) })}`);
  }),
  refused("I23", "the right proof of another time", (target) => (target.scheme.time === null ? "it signs no time" : target.request({}, { time: target.time(-5_000) }))),
  refused("I24", "JSON instead of a proof", (target) => ["[]", "{}", JSON.stringify([target.prove()]), JSON.stringify({ v1: target.prove() }), "true", "0"].map((proof) => target.request({}, { proof }))),
  refused("I25", "SHA-1 where SHA-256 is due", (target) => (target.scheme.hash === "sha256" ? target.request({ hash: "sha1" }) : target.scheme.hash === "sha1" ? target.request({ hash: "sha256" }) : noMac)),
  refused("I26", "the scheme's name in other letters", (target) => {
    const header = inHeader(target);
    const { prefix } = target.scheme;
    return header === null || prefix === "" ? "its proof names no scheme" : withHeader(target.request(), header, (value) => value.replace(prefix, prefix.toUpperCase()));
  }),
  refused("I27", "two times in one header", (target) => {
    const header = inHeader(target);
    if (target.scheme.prefix !== "v1=" || header === null) return "it has no list";
    return [withHeader(target.request(), header, (value) => `t=${target.time()},${value}`), withHeader(target.request(), header, (value) => `${value},t=${target.time(1_000)}`)];
  }),
  taken("I28", "the time after the proof", (target) => {
    const header = inHeader(target);
    return target.scheme.prefix !== "v1=" || header === null ? "it has no list" : withHeader(target.request(), header, (value) => value.split(",").toReversed().join(","));
  }),
];
