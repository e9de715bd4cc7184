-- Secrets that were replaced get a table of their own: up to ten of them stay valid beside the current one until their
-- overlaps end, and a workflow retires each.

-- AlterTable
ALTER TABLE "api_key" ADD COLUMN     "lineage_id" TEXT;

-- AlterTable
ALTER TABLE "integration" ADD COLUMN     "former_until" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "former_secret" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject_id" TEXT NOT NULL,
    "secret" BYTEA,
    "replaced_at" TIMESTAMPTZ(3) NOT NULL,
    "valid_until" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "uses" INTEGER NOT NULL DEFAULT 0,
    "warned_at" TIMESTAMPTZ(3),
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "former_secret_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "former_secret_tenant_id_kind_subject_id_idx" ON "former_secret"("tenant_id", "kind", "subject_id");

-- An endpoint's previous secret is bound to its column by the vault, so that SQL cannot move it: it stays there, a row here
-- says until when it signs, and the workflow that is started for it clears the column.
UPDATE "webhook_endpoint" SET "previous_secret" = NULL, "previous_secret_until" = NULL WHERE "previous_secret_until" <= now();

INSERT INTO "former_secret" ("id", "tenant_id", "kind", "subject_id", "replaced_at", "valid_until")
SELECT 'sec_' || substring("id" FROM 4), "tenant_id", 'webhook_endpoint', "id", now(), "previous_secret_until"
FROM "webhook_endpoint" WHERE "previous_secret" IS NOT NULL AND "previous_secret_until" IS NOT NULL AND "deleted_at" IS NULL;

INSERT INTO "outbox_command" ("id", "tenant_id", "kind", "workflow_id", "payload")
SELECT 'cmd_' || substring("id" FROM 5), "tenant_id", 'start', 'retirement/' || "id", jsonb_build_object(
  'kind', 'start', 'workflowId', 'retirement/' || "id", 'workflowName', 'retireSecret', 'taskQueue', 'orchestration',
  'args', jsonb_build_array(jsonb_build_object('tenantId', "tenant_id", 'secretId', "id")),
  'summary', 'Retirement of a former secret · tenant ' || "tenant_id",
  'details', '**Former signing secret** of ' || "subject_id" || ', replaced before the update.',
  'attributes', jsonb_build_object('TenantId', "tenant_id", 'ProcessKind', 'secret_retirement', 'SubjectId', "subject_id", 'ProcessStatus', 'waiting'))
FROM "former_secret";
