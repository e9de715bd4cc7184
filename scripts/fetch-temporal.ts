import { resolveTemporalBinary } from "../src/local/temporal-binary.ts";
import type { ServerName } from "../src/local/temporal-releases.ts";

// Fetches both Temporal servers into the cache, so that a later start or test needs no network.
const names: ServerName[] = ["temporal", "temporal-test-server"];
for (const name of names) {
  try {
    const { path, source } = await resolveTemporalBinary(name, { say: (line) => console.log(line) });
    console.log(`${name}: ${path} (${source})`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
