// Who may import whom. Every rule here is an error; `npm run lint` checks them.
const folders = "^(api|worker|workflows|activities|sandbox|scripts|test|bench|console)/";
const outside = (...allowed) => `^(?!(${allowed.join("|")})/)(api|worker|workflows|activities|src|sandbox|scripts|test|bench|console)/`;
const rule = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

export default {
  forbidden: [
    rule("no-circle", "Two files that need each other are one.", {}, { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } }),
    rule("resolvable", "Every import exists.", {}, { couldNotResolve: true }),
    rule("api-to-src", "The API uses src alone.", { path: "^api/" }, { path: outside("api", "src") }),
    rule("worker-reach", "The worker puts workflows, activities and src together.", { path: "^worker/" }, { path: outside("worker", "workflows", "activities", "src") }),
    rule("activities-to-src", "Activities use src alone.", { path: "^activities/" }, { path: outside("activities", "src") }),
    rule("src-is-the-base", "src knows nothing of what is built on it.", { path: "^src/", pathNot: "\\.test\\.ts$" }, { path: folders }),
    rule(
      "workflows-are-deterministic",
      "Workflow code is replayed: it may use the workflow library and the pure domain, and activities as types.",
      { path: "^workflows/" },
      { pathNot: "^(workflows|src/domain)/|node_modules/@temporalio/(workflow|common)/", dependencyTypesNot: ["type-only"] },
    ),
    rule("workflows-types-from-activities", "Even as types, workflows take from activities and src alone.", { path: "^workflows/" }, { path: outside("workflows", "activities", "src") }),
    rule("workflows-without-builtins", "A file, a socket or a clock of Node would break the replay.", { path: "^workflows/" }, { dependencyTypes: ["core"] }),
    rule("domain-is-pure", "src/domain imports nothing outside itself.", { path: "^src/domain/", pathNot: "\\.test\\.ts$" }, { pathNot: "^src/domain/" }),
    rule("providers-apart", "One provider never imports another.", { path: "^src/providers/([^/]+)/" }, { path: "^src/providers/[^/]+/", pathNot: "^src/providers/$1/" }),
    rule(
      "providers-are-plain",
      "A provider knows its vendor, not our database or Temporal.",
      { path: "^src/providers/" },
      { path: "^src/(db|generated|temporal)/|node_modules/(@prisma|@temporalio|pg)/" },
    ),
    rule("local-is-for-running-here", "src/local starts servers on one machine: production code never loads it.", { pathNot: "^(src/local|scripts|test|bench)/" }, { path: "^src/local/" }),
    rule(
      "http-through-the-guard",
      "Requests to other machines go through two doors: the guard for URLs that users gave, the transport for providers.",
      { pathNot: "^src/security/(egress-guard|guarded-post)\\.ts$|^src/lib/http-transport\\.ts$|^(test|scripts|bench)/" },
      { path: "node_modules/undici/" },
    ),
  ],
  options: {
    doNotFollow: { path: ["node_modules", "src/generated"] },
    exclude: { path: ["^src/generated/.*/internal/"] },
    tsPreCompilationDeps: true,
    moduleSystems: ["es6"],
    parser: "swc",
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "types", "default"] },
  },
};
