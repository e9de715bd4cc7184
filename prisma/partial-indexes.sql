-- What the schema language of Prisma cannot say. Appended to the first migration by scripts/new-migration.ts.

-- CreateIndex: the deliveries that a shard's drain looks for
CREATE INDEX "webhook_delivery_due_idx" ON "webhook_delivery"("shard", "next_attempt_at") WHERE "status" IN ('pending', 'retrying');

-- CreateIndex: the inbound news that still has to reach its run
CREATE INDEX "inbound_event_due_idx" ON "inbound_event"("next_relay_at") WHERE "status" = 'received';

-- CreateIndex: the commands that Temporal has not been told
CREATE INDEX "outbox_command_due_idx" ON "outbox_command"("next_at") WHERE "sent_at" IS NULL;
