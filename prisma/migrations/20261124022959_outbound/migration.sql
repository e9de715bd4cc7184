-- AlterTable
ALTER TABLE "tenant" ADD COLUMN     "event_rate_limit" INTEGER,
ADD COLUMN     "strict_event_types" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "webhook_delivery" ADD COLUMN     "expires_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "webhook_endpoint" ADD COLUMN     "channels" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "consecutive_failures" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "drain_rate" INTEGER,
ADD COLUMN     "filter" JSONB,
ADD COLUMN     "payload_mode" TEXT NOT NULL DEFAULT 'full',
ADD COLUMN     "rate_at" TIMESTAMPTZ(3),
ADD COLUMN     "rate_tokens" DOUBLE PRECISION,
ADD COLUMN     "secret_headers" BYTEA,
ADD COLUMN     "slow_until" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "webhook_event" ADD COLUMN     "channels" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- CreateTable
CREATE TABLE "event_type" (
    "tenant_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "description" TEXT,
    "schema" JSONB,
    "example" JSONB,
    "retry_schedule" INTEGER[] DEFAULT ARRAY[]::INTEGER[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "archived_at" TIMESTAMPTZ(3),

    CONSTRAINT "event_type_pkey" PRIMARY KEY ("tenant_id","name","version")
);

-- CreateTable
CREATE TABLE "recovery_job" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "endpoint_id" TEXT,
    "kind" TEXT NOT NULL,
    "filter" JSONB NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'running',
    "matched" INTEGER NOT NULL DEFAULT 0,
    "done" INTEGER NOT NULL DEFAULT 0,
    "cursor" TEXT,
    "cancel_requested" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "recovery_job_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "recovery_job_tenant_id_id_idx" ON "recovery_job"("tenant_id", "id");

-- AddForeignKey
ALTER TABLE "event_type" ADD CONSTRAINT "event_type_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
