-- AlterTable
ALTER TABLE "webhook_event" ADD COLUMN     "only_endpoint_id" TEXT;

-- Test events that were sent before went to one endpoint as well.
UPDATE "webhook_event" SET "only_endpoint_id" = "payload"->>'endpointId' WHERE "type" = 'webhook.test';

-- CreateIndex
CREATE INDEX "delivery_attempt_tenant_id_at_idx" ON "delivery_attempt"("tenant_id", "at");

-- What the schema language of Prisma cannot say.

-- CreateIndex: an endpoint's deliveries that are not done: its backlog, and what a recovery looks for
CREATE INDEX "webhook_delivery_open_idx" ON "webhook_delivery"("endpoint_id", "status", "id") WHERE "status" <> 'delivered';

-- CreateIndex: the deliveries that ended lately, whose attempts are counted again
CREATE INDEX "webhook_delivery_finished_idx" ON "webhook_delivery"("updated_at") WHERE "status" IN ('delivered', 'failed', 'expired', 'cancelled');
