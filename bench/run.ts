// npm run bench -- NAME: runs bench/NAME.ts.
import { existsSync } from "node:fs";

const name = process.argv[2] ?? "";
const file = new URL(`./${name}.ts`, import.meta.url);
if (!/^[a-z][a-z-]*$/.test(name) || !existsSync(file)) {
  console.error(`There is no benchmark "${name}"; npm run bench -- outbound is one.`);
  process.exit(1);
}
await import(file.href);
