-- Each delivery passes these tables once as an event, once as itself and once per attempt: what they check and index is what
-- it costs. A foreign key locks the row that it points to, here the same tenant and endpoint thousands of times a second.
ALTER TABLE "webhook_event" DROP CONSTRAINT "webhook_event_tenant_id_fkey";
ALTER TABLE "webhook_delivery" DROP CONSTRAINT "webhook_delivery_endpoint_id_fkey";
ALTER TABLE "webhook_delivery" DROP CONSTRAINT "webhook_delivery_tenant_id_event_id_fkey";
ALTER TABLE "delivery_attempt" DROP CONSTRAINT "delivery_attempt_delivery_id_fkey";

-- AlterTable: one index serves the key and the tenant's list
ALTER TABLE "webhook_delivery" DROP CONSTRAINT "webhook_delivery_pkey",
ADD CONSTRAINT "webhook_delivery_pkey" PRIMARY KEY ("tenant_id", "id");
DROP INDEX "webhook_delivery_tenant_id_id_idx";

-- AlterTable: an attempt is known by its delivery and its number
ALTER TABLE "delivery_attempt" DROP CONSTRAINT "delivery_attempt_pkey",
DROP COLUMN "id",
ADD CONSTRAINT "delivery_attempt_pkey" PRIMARY KEY ("delivery_id", "number");
DROP INDEX "delivery_attempt_delivery_id_number_idx";

-- CreateIndex
DROP INDEX "webhook_delivery_finished_idx";
CREATE INDEX "webhook_delivery_updated_at_idx" ON "webhook_delivery" USING BRIN ("updated_at");

-- CreateIndex: what a shard has to send, by endpoint, so that endpoints take turns and a long queue of one is not read past
-- on the way to the others
DROP INDEX "webhook_delivery_due_idx";
CREATE INDEX "webhook_delivery_due_idx" ON "webhook_delivery"("shard", "endpoint_id", "next_attempt_at") WHERE "status" IN ('pending', 'retrying');

-- CreateIndex: what an endpoint did not get and nobody is sending; a delivery that goes well never enters it
DROP INDEX "webhook_delivery_open_idx";
CREATE INDEX "webhook_delivery_parked_idx" ON "webhook_delivery"("endpoint_id", "status", "id") WHERE "status" IN ('held', 'failed', 'expired', 'cancelled');

-- Room in each page, so that a lease is written beside the row and no index learns of it.
ALTER TABLE "webhook_delivery" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

-- AlterTable: a large payload is read when it is sent, not with hundreds of others
ALTER TABLE "webhook_event" ADD COLUMN     "payload_bytes" INTEGER NOT NULL DEFAULT 0;

-- CreateTable: what a limited tenant may still send; a crash of the database fills every bucket
CREATE UNLOGGED TABLE "rate_bucket" (
    "key" TEXT NOT NULL,
    "tokens" DOUBLE PRECISION NOT NULL,
    "granted" BOOLEAN NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "rate_bucket_pkey" PRIMARY KEY ("key")
);
