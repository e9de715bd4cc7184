import { defineConfig } from "prisma/config";

// DATABASE_URL is needed by `prisma migrate deploy` alone; generating the client reads no database.
export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  datasource: { url: process.env["DATABASE_URL"] ?? "" },
});
