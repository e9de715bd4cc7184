import { bodyCases } from "./bodies.ts";
import type { HostileCase } from "./case.ts";
import { replayCases } from "./replays.ts";
import { semanticCases } from "./semantics.ts";
import { signatureCases } from "./signatures.ts";
import { specificCases } from "./specifics.ts";
import { timeCases } from "./times.ts";
import { transportCases } from "./transport.ts";

/** I00 to I120, by what they attack. */
export const groups: { name: string; cases: HostileCase[] }[] = [
  { name: "signatures", cases: signatureCases },
  { name: "times", cases: timeCases },
  { name: "replays", cases: replayCases },
  { name: "bodies", cases: bodyCases },
  { name: "semantics", cases: semanticCases },
  { name: "HTTP and addresses", cases: transportCases },
  { name: "floods and single vendors", cases: specificCases },
];
