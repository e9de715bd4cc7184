import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { searchAttributeNames } from "../../src/domain/processes.ts";
import { releases } from "../../src/local/temporal-releases.ts";

const project = resolve(import.meta.dirname, "../..");
const textOf = (file: string): string => readFileSync(resolve(project, file), "utf8");

interface Service {
  image: string;
  command?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  ports?: string[];
}
const { services } = parse(textOf("docker-compose.yml"), { merge: true }) as { services: Record<string, Service> };

test("every variable that the configuration reads has a line in .env.example", () => {
  const read = [...textOf("src/config/config.ts").matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map((match) => match[1]);
  expect(read.length).toBeGreaterThan(20);
  const example = textOf(".env.example");
  for (const name of [...read, "LOCAL_POSTGRES_PORT", "LOCAL_TEMPORAL_PORT", "LOCAL_TEMPORAL_UI_PORT"]) expect(example).toMatch(new RegExp(`^#.+\\n${name}=`, "m"));
});

test("the compose file gives the processes every variable they may read", () => {
  const given = Object.keys(services["api"]?.environment ?? {});
  const read = [...textOf("src/config/config.ts").matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map((match) => match[1] ?? "");
  expect(read.filter((name) => !given.includes(name))).toEqual([]);
});

test("the compose file's Temporal has the search attributes of the workflows and the tested version", () => {
  expect(services["temporal-setup"]?.environment?.["SEARCH_ATTRIBUTES"]?.split(" ")).toEqual([...searchAttributeNames]);
  expect(releases.temporal.version).toBe("1.9.1"); // Server 1.32.0, UI 2.54.1
  expect(services["temporal"]?.image).toContain("1.32.0");
  expect(services["temporal-ui"]?.image).toContain("2.54.1");
  expect(services["temporal-ui"]?.environment?.["TEMPORAL_CODEC_ENDPOINT"]).toMatch(/\/codec\/\$\{TEMPORAL_NAMESPACE:-default\}$/);
});

test("databases and Temporal are not published, and all that is waited for exists", () => {
  for (const name of ["postgres", "temporal-postgres", "temporal", "worker", "sandbox"]) expect(services[name]?.ports).toBeUndefined();
  for (const service of Object.values(services)) {
    for (const name of Object.keys(service.depends_on ?? {})) expect(services[name]).toBeDefined();
  }
});
