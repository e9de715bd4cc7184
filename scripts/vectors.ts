import { readFileSync } from "node:fs";
import { z } from "zod";
import { judge, knownAnswerSchema, type Result } from "./known-answer.ts";

// npm run vectors -- FILE: runs every provider's verifier over known-answer requests, one line each. A line fails when the
// verdict is not the one that the file gives, and when nobody here knows the provider.

const labelSchema = z.object({ provider: z.string(), id: z.string().default("?") });

function attempt(value: unknown): Result & { name: string } {
  const { provider, id } = labelSchema.catch({ provider: "?", id: "?" }).parse(value);
  const name = `${provider}  ${id}`;
  try {
    return { name, ...judge(knownAnswerSchema.parse(value)) };
  } catch (error) {
    const words = error instanceof z.ZodError ? "is not a known answer" : `threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
    return { name, passed: false, note: words };
  }
}

function readList(file: string): unknown[] {
  const list: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (!Array.isArray(list)) throw new Error(`${file} is not a list of known answers`);
  return list;
}

function main(file: string | undefined): number {
  if (file === undefined) {
    console.error("usage: npm run vectors -- FILE");
    return 2;
  }
  const results = readList(file).map((entry) => {
    const result = attempt(entry);
    console.log(`${result.passed ? "pass" : "FAIL"}  ${result.name}  ${result.note}`);
    return result;
  });
  const failed = results.filter((result) => !result.passed).length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = main(process.argv[2]);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
