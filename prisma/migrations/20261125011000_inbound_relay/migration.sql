-- A webhook's body is written once and kept for a while; the row that the relay and the log work with stays small.
CREATE TABLE "inbound_body" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "body" BYTEA NOT NULL,

    CONSTRAINT "inbound_body_pkey" PRIMARY KEY ("id")
);
INSERT INTO "inbound_body" ("tenant_id", "id", "body") SELECT "tenant_id", "id", "body" FROM "inbound_event" WHERE "body" IS NOT NULL;

-- AlterTable
ALTER TABLE "inbound_event" ADD COLUMN     "body_id" TEXT,
ADD COLUMN     "body_hash" BYTEA,
ADD COLUMN     "conflicts" INTEGER NOT NULL DEFAULT 0;
UPDATE "inbound_event" SET "body_id" = "id" WHERE "body" IS NOT NULL;
ALTER TABLE "inbound_event" DROP COLUMN "body";

-- AlterTable: one index serves the key and the tenant's log
ALTER TABLE "inbound_event" DROP CONSTRAINT "inbound_event_pkey",
ADD CONSTRAINT "inbound_event_pkey" PRIMARY KEY ("tenant_id", "id");
DROP INDEX "inbound_event_tenant_id_id_idx";

-- CreateIndex: what is old lies together
CREATE INDEX "inbound_event_received_at_idx" ON "inbound_event" USING BRIN ("received_at") WITH (autosummarize = on);

-- CreateIndex: all that waits for one owner, in the order in which it came
CREATE INDEX "inbound_event_owner_idx" ON "inbound_event"("integration_id", "about_kind", "about_ref", "id") WHERE "status" = 'received';

-- Room in each page, so that a lease is written beside the row.
ALTER TABLE "inbound_event" SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
