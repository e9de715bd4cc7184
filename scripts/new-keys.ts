// npm run keys:new: prints fresh secrets in the form of a .env file. Nothing is stored; a second run gives others.
import { randomBytes } from "node:crypto";
import { generateApiKey } from "../src/security/api-keys.ts";

const word = (): string => randomBytes(24).toString("hex");
console.log(`BOOTSTRAP_API_KEY=${generateApiKey().secret}`);
console.log(`ENCRYPTION_KEYS=k1:${randomBytes(32).toString("base64")}`);
console.log(`SANDBOX_SECRET=${word()}`);
console.log(`POSTGRES_PASSWORD=${word()}`);
console.log(`TEMPORAL_POSTGRES_PASSWORD=${word()}`);
