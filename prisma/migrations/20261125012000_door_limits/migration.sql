-- allowed_ips is null where every address may send; an empty list lets none in. Neither change touches a row.

-- AlterTable
ALTER TABLE "api_key" ADD COLUMN     "rate_limit" INTEGER;

-- AlterTable
ALTER TABLE "integration" ADD COLUMN     "allowed_ips" JSONB,
ADD COLUMN     "webhook_rate_limit" INTEGER;
