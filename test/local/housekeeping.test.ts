import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import type { Platform } from "../../src/context.ts";
import { openDatabase } from "../../src/db/client.ts";
import { removeExpiredAnswers, removeFullBuckets } from "../../src/db/housekeeping.ts";
import { createLogger } from "../../src/lib/logger.ts";
import { createTestDatabase } from "../support/database.ts";

// What calls it goes on when it fails: that the role may do it is seen here alone.
test("what is over is removed in the role for it, of tenants and of the platform, and nothing else is", async () => {
  const { url, drop } = await createTestDatabase();
  const owner = new pg.Pool({ connectionString: url, max: 1 });
  const db = openDatabase({ url, poolSize: 1, logger: createLogger({ level: "silent", process: "test" }) });
  onTestFinished(async () => {
    await Promise.all([db.close(), owner.end()]);
    await drop();
  });
  await owner.query(`
    INSERT INTO tenant (id, name) VALUES ('acme', 'acme');
    INSERT INTO api_key (id, tenant_id, name, prefix, secret_hash) VALUES ('key_acme', 'acme', 'a', 'a', '\\x00'), ('key_platform', NULL, 'p', 'p', '\\x00');
    INSERT INTO idempotency_record (scope, key, request_hash, expires_at)
      SELECT scope, age, 'h', now() + age::interval FROM unnest(ARRAY['key_acme', 'key_platform']) scope, unnest(ARRAY['-1 hour', '1 hour']) age;
    INSERT INTO rate_bucket (key, tokens, granted, at) SELECT age, 1, true, now() + age::interval FROM unnest(ARRAY['-2 days', '-1 hour']) age;`);
  const platform = { db } as Platform;
  await removeExpiredAnswers(platform);
  await removeFullBuckets(platform);
  const { rows } = await owner.query("SELECT scope AS whose, key FROM idempotency_record UNION ALL SELECT 'bucket', key FROM rate_bucket ORDER BY 1");
  expect(rows).toEqual([{ whose: "bucket", key: "-1 hour" }, { whose: "key_acme", key: "1 hour" }, { whose: "key_platform", key: "1 hour" }]);
});
