# One image for every process: api, worker, sandbox and the migration job differ in their command alone.
FROM node:24-bookworm-slim AS base
WORKDIR /app
ENV NODE_ENV=production

FROM base AS build
# Prisma looks for OpenSSL while it generates its client.
RUN apt-get update && apt-get install -y --no-install-recommends openssl ca-certificates && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev
COPY . .
# Generating reads the schema only; the address is never connected to.
RUN DATABASE_URL=postgresql://build@127.0.0.1/build npx prisma generate && npm run console:build
RUN npm prune --omit=dev

FROM base AS run
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
COPY --from=build --chown=root:root /app /app
RUN mkdir /data && chown node:node /data
ENV HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
USER node
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
CMD ["node", "api/main.ts"]
