import { existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const project = join(import.meta.dirname, "..", "..");
const rooms = [
  "api", "workflows", "activities", "worker", "sandbox", "console", "prisma", "scripts", "test", "bench",
  "src", "src/db", "src/webhooks", "src/security", "src/temporal", "src/verifications", "src/integrations", "src/providers", "src/limits", "src/local",
];

async function documents(): Promise<string[]> {
  const docs = (await readdir(join(project, "docs"))).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`);
  const readmes = [...rooms, "test/replay"].map((room) => `${room}/README.md`).filter((file) => existsSync(join(project, file)));
  return ["README.md", "CONTRIBUTING.md", ...docs, ...readmes];
}

const files = await documents();
const textOf = (file: string): string => readFileSync(join(project, file), "utf8");
const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };

/** The anchors that a Markdown page's headings make, as GitHub writes them. */
function anchorsOf(markdown: string): string[] {
  const headings = withoutCode(markdown).matchAll(/^#{1,6} +(.+)$/gm);
  return [...headings].map(([, heading = ""]) => heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"));
}

function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```[\s\S]*?^```/gm, "");
}

function relativeLinks(markdown: string): string[] {
  const targets = [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

function isBroken(file: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? join(project, file) : join(project, dirname(file), path);
  if (!existsSync(target) || relative(project, target).startsWith("..")) return true;
  return anchor !== undefined && !anchorsOf(readFileSync(target, "utf8")).includes(anchor);
}

test.each(rooms)("%s has a README", (room) => {
  expect(existsSync(join(project, room, "README.md"))).toBe(true);
});

describe.each(files)("%s", (file) => {
  test("names only commands that exist", () => {
    const named = [...textOf(file).matchAll(/npm run (?:--\S+ )*([a-z][a-z0-9:-]*)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  test("links only to files and headings that exist", () => {
    expect(relativeLinks(textOf(file)).filter((link) => isBroken(file, link))).toEqual([]);
  });
});
