/** OpenAPI links: what can be done with a thing that was made or listed, so that readers and tools find the way from one operation to the next. */

interface Operation {
  operationId: string;
  parameters?: { name: string }[];
  responses: Record<string, { links?: Record<string, object> }>;
}
type Paths = Record<string, Record<string, Operation>>;

const collection = /^\/v1\/tenants(\/\{tenant\}\/[a-z-]+)?$/;

/** From each answer that makes or lists things to the operations at their addresses and below. */
export function addLinks(document: any): any {
  const paths = document.paths as Paths;
  for (const [path, { get, post }] of Object.entries(paths)) {
    if (!collection.test(path)) continue;
    for (const [target, methods] of Object.entries(paths)) {
      addTo(post?.responses["201"] ?? post?.responses["202"], linksTo(path, target, methods, ""));
      // What a list shows is not asked to be deleted: that is said of what one has made oneself.
      const { delete: _, ...others } = methods;
      addTo(get?.responses["200"], linksTo(path, target, others, "/data/0"));
    }
  }
  addTo(paths["/v1/tenants/{tenant}/integrations"]?.["post"]?.responses["201"], linksToDoor(paths));
  return document;
}

function addTo(response: { links?: Record<string, object> } | undefined, links: [string, object][]): void {
  if (response !== undefined && links.length > 0) response.links = { ...response.links, ...Object.fromEntries(links) };
}

function linksTo(from: string, target: string, methods: Record<string, Operation>, at: string): [string, object][] {
  const below = target.startsWith(`${from}/{`) ? target.slice(from.length + 2) : undefined;
  // A tenant's own address has one parameter; what is below it has links of its own.
  if (below === undefined || (from === "/v1/tenants" && below !== "tenant}")) return [];
  const parameter = below.slice(0, below.indexOf("}"));
  const field = parameter === "tenant" ? "id" : parameter;
  const parameters = { ...(from === "/v1/tenants" ? {} : { tenant: "$request.path.tenant" }), [parameter]: `$response.body#${at}/${field}` };
  return Object.values(methods).map(({ operationId }) => [operationId, { operationId, parameters }]);
}

/** News come by POST, for every provider at the same kind of address: also where a challenge of one comes by GET. */
export function repeatDoor(document: any): any {
  const paths = document.paths as Paths;
  for (const [path, methods] of Object.entries(paths)) {
    const slug = /^\/webhooks\/([a-z-]+)(\/\{integrationId\})?$/.exec(path);
    const { post } = paths[`/webhooks/{provider}${slug?.[2] ?? ""}`] ?? {};
    if (slug === null || methods["post"] !== undefined || post === undefined) continue;
    const parameters = (post.parameters ?? []).filter(({ name }) => name !== "provider");
    methods["post"] = { ...post, operationId: post.operationId.replace("ByProvider", `For${slug[1]}`), parameters };
  }
  return document;
}

/** A connected provider's webhooks come to the address of its integration. */
function linksToDoor(paths: Paths): [string, object][] {
  const operation = paths["/webhooks/{provider}/{integrationId}"]?.["post"];
  if (operation === undefined) return [];
  return [[operation.operationId, { operationId: operation.operationId, parameters: { provider: "$response.body#/provider", integrationId: "$response.body#/id" } }]];
}
