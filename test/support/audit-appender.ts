// A process that appends to the audit log: DATABASE_URL, then a tenant and a number of entries; all of them at once.
import { openDatabase } from "../../src/db/client.ts";
import { recordAudit } from "../../src/db/repositories/audit.ts";
import { createLogger } from "../../src/lib/logger.ts";

const [url = "", tenantId = "", count = "0"] = process.argv.slice(2);
const db = openDatabase({ url, poolSize: 10, logger: createLogger({ level: "silent", process: "test" }) });
const caller = { actor: { type: "system" as const }, sourceIp: null, requestId: null };
// Prisma gives up on a transaction that waits for a connection too long: as many at once as there are connections.
const rest = Array.from({ length: Number(count) }, (_, index) => index);
const append = async (): Promise<void> => {
  for (let index = rest.pop(); index !== undefined; index = rest.pop()) {
    const subjectId = `${process.pid}-${index}`;
    await db.tenantTransaction(tenantId, (tx) => recordAudit(tx, tenantId, caller, { action: "test.appended", subjectType: "test", subjectId }));
    if (index % 25 === 0) await db.transaction((tx) => recordAudit(tx, null, caller, { action: "test.appended", subjectType: "test", subjectId }));
  }
};
await Promise.all(Array.from({ length: 10 }, append));
await db.close();
