import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { sealVersion1 } from "../../test/support/version-1-seal.ts";
import { localKeyRing } from "./key-ring.ts";
import { createVault, headerLength, type Vault } from "./vault.ts";

const key = (id: string): string => `${id}:${randomBytes(32).toString("base64")}`;
const vaultOf = (...keys: string[]): Vault => createVault(localKeyRing(keys.join(",")));
const place = { tenantId: "acme", table: "integration", column: "credentials", id: "int_1" };
const others = [{ tenantId: "globex" }, { table: "document" }, { column: "settings" }, { id: "int_2" }];

/** Sealed by version 1 itself: it must be readable for as long as values of it may be stored. */
const sealedByVersion1 = "AQNvbGQAPFY54sg/vves0c3lOwP5dkwwn0PRCS6bwHnaDfFXej/VBslCnBm4nQnPVexK/O1oaoPLGKL2LtcGQPLmcqleIeuqZrElNL0hyOG4qdd3znjZmBZppKjOYfkeWsU+MUQVd8Xbi7Ne5DTFOTNE";

describe("A5 the vault", () => {
  it("opens what it sealed, also after a newer key was put in front", async () => {
    const old = key("k1");
    const sealed = await vaultOf(old).seal(place, Buffer.from("secret"));
    expect((await vaultOf(key("k2"), old).open(place, sealed)).toString()).toBe("secret");
  });

  it("opens what version 1 sealed", async () => {
    const vault = vaultOf(key("k2"), `old:${Buffer.alloc(32, 7).toString("base64")}`);
    expect((await vault.open(place, Buffer.from(sealedByVersion1, "base64"))).toString()).toBe("sealed by version 1");
  });

  it("names a key that is not in the ring", async () => {
    const sealed = await vaultOf(key("gone")).seal(place, Buffer.from("x"));
    await expect(vaultOf(key("k2")).open(place, sealed)).rejects.toThrow('"gone" is not in the key ring');
  });

  it("needs a key", () => {
    expect(() => localKeyRing("")).toThrow();
    expect(() => localKeyRing("k1:short")).toThrow();
  });
});

describe.each(["version 2", "version 1"])("A5 a sealed record of 200 bytes, %s", (version) => {
  const k1 = key("k1");
  const vault = vaultOf(k1, key("k2"), key("k3"));
  const seal = async (at = place): Promise<Buffer> => (version === "version 2" ? await vault.seal(at, Buffer.alloc(106, "x")) : sealVersion1(k1, at, Buffer.alloc(106, "x")));
  const refused = (altered: Buffer, at = place): Promise<void> => expect(vault.open(at, altered)).rejects.toThrow();

  it("is refused with any one bit of it flipped", async () => {
    const sealed = await seal();
    expect(sealed.length).toBe(200);
    expect(await vault.open(place, sealed)).toHaveLength(106);
    for (let bit = 0; bit < 1600; bit += 1) {
      const altered = Buffer.from(sealed);
      altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      await refused(altered);
    }
  });

  it("is refused when it is cut anywhere or something follows it", async () => {
    const sealed = await seal();
    for (let length = 0; length < sealed.length; length += 1) await refused(sealed.subarray(0, length));
    for (const more of [[0], [255], [...Buffer.alloc(16)], [...sealed]]) await refused(Buffer.concat([sealed, Buffer.from(more)]));
  });

  it("is refused in another tenant, table, column or row", async () => {
    const sealed = await seal();
    for (const other of others) await refused(sealed, { ...place, ...other });
  });

  it("is refused under another version, or with a tag of four bytes", async () => {
    const sealed = await seal();
    for (const byte of [0, 1, 2, 3, 255].filter((one) => one !== sealed[0])) await refused(Buffer.concat([Buffer.from([byte]), sealed.subarray(1)]));
    const value = headerLength(sealed);
    await refused(Buffer.concat([sealed.subarray(0, value + 12 + 4), sealed.subarray(value + 12 + 16)]));
  });

  it("is refused with the header or the value of another record", async () => {
    const [one, two] = [await seal(), await seal({ ...place, id: "int_2" })];
    const cut = headerLength(one);
    for (const at of [place, { ...place, id: "int_2" }]) {
      await refused(Buffer.concat([one.subarray(0, cut), two.subarray(cut)]), at);
      await refused(Buffer.concat([two.subarray(0, cut), one.subarray(cut)]), at);
    }
  });
});

describe("A5 re-wrapping", () => {
  it("changes the header alone; the old key is not needed any more", async () => {
    const [k1, k2] = [key("k1"), key("a-longer-id")];
    const sealed = await vaultOf(k1).seal(place, Buffer.from("secret"));
    const both = vaultOf(k2, k1);
    const header = await both.rewrap(place, sealed.subarray(0, headerLength(sealed)));
    const moved = Buffer.concat([header as Buffer, sealed.subarray(headerLength(sealed))]);
    expect(moved.subarray(0, both.currentPrefix.length)).toEqual(both.currentPrefix);
    expect((await vaultOf(k2).open(place, moved)).toString()).toBe("secret");
    await expect(vaultOf(k1).open(place, moved)).rejects.toThrow("not in the key ring");
  });

  it("leaves version 1 to be sealed anew", async () => {
    const k1 = key("k1");
    expect(await vaultOf(k1).rewrap(place, sealVersion1(k1, place, Buffer.from("x")))).toBeNull();
  });

  it("refuses a header of another place, and an altered one", async () => {
    const k1 = key("k1");
    const vault = vaultOf(key("k2"), k1);
    const sealed = await vaultOf(k1).seal(place, Buffer.from("secret"));
    const header = Buffer.from(sealed.subarray(0, headerLength(sealed)));
    for (const other of others) await expect(vault.rewrap({ ...place, ...other }, header)).rejects.toThrow();
    header.writeUInt8(header.readUInt8(header.length - 1) ^ 1, header.length - 1);
    await expect(vault.rewrap(place, header)).rejects.toThrow();
  });
});
