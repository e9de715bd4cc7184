import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { judge, knownAnswerSchema } from "../../../scripts/known-answer.ts";
import { hasWebhook } from "../../../src/providers/contract.ts";
import { listProviders } from "../../../src/providers/registry.ts";

// Requests that vendors published or that other code than ours signed: `origin` says which. A verifier that agreed only
// with our own signer would prove nothing.

const entries = (JSON.parse(readFileSync(new URL("signatures.json", import.meta.url), "utf8")) as unknown[]).map((entry) => {
  const { id } = entry as { id: string };
  return { id, entry: knownAnswerSchema.parse(entry) };
});

describe("a known answer", () => {
  it.each(entries)("$id is judged as its publisher says", ({ entry }) => {
    expect(judge(entry)).toMatchObject({ passed: true });
  });

  it.each(entries.filter(({ entry }) => entry.expected_response === undefined))("$id is judged otherwise once its verdict is turned round", ({ entry }) => {
    expect(judge({ ...entry, valid: !entry.valid })).toMatchObject({ passed: false });
  });

  it("is there for every provider that signs, one that passes and one that does not", () => {
    // A secret address has no vector: its contract tests say all there is.
    const signing = listProviders().filter(({ webhook }) => hasWebhook(webhook) && webhook.secretInPath === undefined).map(({ manifest }) => manifest.slug);
    const covered = (valid: boolean) => [...new Set(entries.filter(({ entry }) => entry.valid === valid && entry.expected_response === undefined).map(({ entry }) => entry.provider))].toSorted();
    for (const valid of [true, false]) expect(covered(valid)).toEqual(signing.toSorted());
  });
});
