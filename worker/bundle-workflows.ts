// node worker/bundle-workflows.ts FILE: writes the workflows' bundle. The worker runs it when it has none.
import { writeBundle } from "./workflow-bundle.ts";

const [codePath] = process.argv.slice(2);
if (codePath === undefined) throw new Error("name the file to write");
await writeBundle(codePath);
