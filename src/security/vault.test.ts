import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { localKeyRing } from "./key-ring.ts";
import { createVault } from "./vault.ts";

const key = (id: string): string => `${id}:${randomBytes(32).toString("base64")}`;
const place = { tenantId: "acme", table: "integration", column: "credentials", id: "int_1" };

describe("the vault", () => {
  it("opens what it sealed, also after a newer key was put in front", async () => {
    const old = key("k1");
    const sealed = await createVault(localKeyRing(old)).seal(place, Buffer.from("secret"));
    const opened = await createVault(localKeyRing(`${key("k2")},${old}`)).open(place, sealed);
    expect(opened.toString()).toBe("secret");
  });

  it("refuses another tenant's, table's, column's or row's value", async () => {
    const vault = createVault(localKeyRing(key("k1")));
    const sealed = await vault.seal(place, Buffer.from("secret"));
    for (const other of [{ tenantId: "b" }, { table: "b" }, { column: "b" }, { id: "b" }]) await expect(vault.open({ ...place, ...other }, sealed)).rejects.toThrow();
  });

  it("refuses every single flipped bit and every cut", async () => {
    const vault = createVault(localKeyRing(key("k1")));
    const sealed = await vault.seal(place, randomBytes(64));
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const altered = Buffer.from(sealed);
      altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      await expect(vault.open(place, altered)).rejects.toThrow();
    }
    for (let length = 0; length < sealed.length; length += 1) await expect(vault.open(place, sealed.subarray(0, length))).rejects.toThrow();
    await expect(vault.open(place, Buffer.concat([sealed, Buffer.from([0])]))).rejects.toThrow();
  });

  it("names a key that is not in the ring", async () => {
    const sealed = await createVault(localKeyRing(key("gone"))).seal(place, Buffer.from("x"));
    await expect(createVault(localKeyRing(key("k2"))).open(place, sealed)).rejects.toThrow('"gone" is not in the key ring');
  });

  it("needs a key", () => {
    expect(() => localKeyRing("")).toThrow();
    expect(() => localKeyRing("k1:short")).toThrow();
  });
});
