FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY . .
# The embedded PostgreSQL is an optional package: an image that has a server as its database leaves it out.
RUN npm ci --ignore-scripts && npm run build && npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:20-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production APOLLO_TELEMETRY_DISABLED=1
COPY --from=build /app/package.json /app/supergraph.graphql ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# A new volume takes its owner from the folder that it is mounted on.
RUN for process in gateway access-control crm teetime scl messaging; do install -d -o node -g node -m 700 /keys/$process; done \
  && install -d -o node -g node -m 700 /exports
USER node
CMD ["node", "dist/gateway/start-gateway.js"]
