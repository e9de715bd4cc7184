// npm run test:load: the outbound part under load, with figures. `-- --only L3` runs one scenario.
import { runLongSuite } from "./long-suite.mjs";

await runLongSuite("load");
