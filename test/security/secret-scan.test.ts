import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { generateApiKey } from "../../src/security/api-keys.ts";
import { generateEndpointSecret } from "../../src/webhooks/outbound/sign.ts";
import { nameOf, project, scanForSecrets } from "../support/gitleaks.ts";

const limitMs = 900_000;
const ours = /^waystation-/;

/** How secrets end up in files. */
const places: ((secret: string) => string)[] = [
  (secret) => `WAYSTATION_KEY=${secret}`,
  (secret) => `{"authorization":"Bearer ${secret}"}`,
  (secret) => `  value: ${secret}`,
  (secret) => `const it = '${secret}';`,
  (secret) => `curl -H "Authorization: Bearer ${secret}" http://127.0.0.1:3000/v1/tenants`,
  (secret) => `http://127.0.0.1:3000/?key=${secret}&x=1`,
  (secret) => `| here | \`${secret}\` |`,
  (secret) => `${secret},${secret.slice(0, 16)}`,
  (secret) => `<td>${secret}</td>`,
  (secret) => secret,
];

async function scanLines(lines: string[]): Promise<{ secret: string; rule: string }[]> {
  const folder = await mkdtemp(join(tmpdir(), "waystation-planted-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "lines.txt"), `${lines.join("\n")}\n`);
  return (await scanForSecrets(folder, "dir", ".")).filter(({ rule }) => ours.test(rule));
}

/**
 * What looks like a secret of ours and is none: words with the prefix, parts of another length, other characters, the prefix
 * inside of a word. A key with a wrong checksum is no decoy: no pattern can tell, and somebody mistyped a real one.
 */
function decoysOf(n: number): string[] {
  const key = generateApiKey().secret;
  const secret = generateEndpointSecret();
  const [, id = "", rest = ""] = key.split("_");
  return [
    key.slice(0, 16), `${key.slice(0, 16)}_…`, key.slice(0, -1 - (n % 40)), `${key}${"x".repeat(1 + (n % 9))}`, `wsk_${id.slice(0, 11)}_${rest}`, `wsk_${id}x_${rest}`, `wsk_${id}-${rest}`,
    `wsk_${id}_${rest.slice(0, 20)}-${rest.slice(21)}`, `a${key}`, `wsk_example_key_number_${n}`, `WSK_${id}_${rest}`, `wsq_${id}_${rest}`,
    "whsec_…", `whsec_${n}`, `whsec_${secret.slice(6, 30)}`, `${secret.slice(0, 49)}`, `${secret}=`, `x${secret}`, `WHSEC_${secret.slice(6)}`, `whsec_${secret.slice(6, 20)}-${secret.slice(21)}`,
  ];
}

describe("SECRETS what no commit may hold", () => {
  test("SECRETS the working tree holds none", async () => {
    expect((await scanForSecrets(project, "dir", ".")).map(nameOf)).toEqual([]);
  }, limitMs);

  // A copy without its history has none to look at.
  test.skipIf(!existsSync(join(project, ".git")))("SECRETS the history that led here holds none", async () => {
    expect((await scanForSecrets(project, "git", ".", "--log-opts=--full-history HEAD")).map(nameOf)).toEqual([]);
  }, limitMs);

  test("SECRETS A6 finds 100 of 100 keys and 100 of 100 endpoint secrets as the product makes them", async () => {
    for (const generate of [() => generateApiKey().secret, generateEndpointSecret]) {
      const planted = Array.from({ length: 100 }, generate);
      const found = await scanLines(planted.map((secret, index) => (places[index % places.length] as (typeof places)[number])(secret)));
      expect(new Set(found.map(({ secret }) => secret))).toEqual(new Set(planted));
    }
  }, limitMs);

  test("SECRETS A6 takes none of 1,000 decoys for one", async () => {
    const decoys = Array.from({ length: 50 }, (_, n) => decoysOf(n)).flat();
    expect(decoys).toHaveLength(1_000);
    expect((await scanLines(decoys)).map(({ secret, rule }) => `${rule}: ${secret}`)).toEqual([]);
  }, limitMs);
});
