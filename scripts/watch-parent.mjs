// For what npm starts: when npm or its shell is gone, however it died, we are to stop as well.
import { readFileSync } from "node:fs";

/** Under npm, our parent is npm or its shell. When npm is killed outright nobody tells us: we see another parent. */
export function watchParent(script, gone) {
  if (process.env.npm_lifecycle_event === undefined) return () => {};
  const parents = parentsUnderNpm(script);
  const timer = setInterval(() => {
    if (parentsUnderNpm(script) === parents) return;
    clearInterval(timer);
    gone();
  }, 1_000);
  return () => clearInterval(timer);
}

function parentsUnderNpm(script) {
  const parent = process.ppid;
  try {
    // Only npm's own shell is looked behind: who started npm may leave, as with nohup.
    if (!readFileSync(`/proc/${parent}/cmdline`, "utf8").includes(script)) return String(parent);
    const stat = readFileSync(`/proc/${parent}/stat`, "utf8");
    return `${parent} ${stat.slice(stat.lastIndexOf(")")).split(" ")[2]}`;
  } catch {
    return String(parent);
  }
}
