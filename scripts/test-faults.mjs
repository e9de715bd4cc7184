// npm run test:faults: what survives when processes are killed and receivers fail. `-- --only F2` runs one scenario.
import { runLongSuite } from "./long-suite.mjs";

await runLongSuite("faults");
