# docker build -t responses-gateway .
# Behind a proxy that opens TLS: docker build --secret id=ca,src=company-ca.pem .
# Another base, e.g. a smaller one: docker build --build-arg NODE_IMAGE=node:24-alpine .
ARG NODE_IMAGE=node:24-trixie-slim

FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

# No package needs its install script, and none runs as root here.
FROM manifests AS build
RUN --mount=type=secret,id=ca \
    if [ -f /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi; \
    npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY openapi ./openapi
COPY src ./src
RUN npm run build && find dist -name '*.d.ts' -delete && node scripts/bundle.mjs && rm dist/.built

# What only compilers and debuggers read goes: more than half of the bytes. Licences stay.
FROM manifests AS dependencies
RUN --mount=type=secret,id=ca \
    if [ -f /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi; \
    npm ci --omit=dev --ignore-scripts \
    && rm node_modules/.package-lock.json \
    && find node_modules -type f ! -iname 'licen[cs]e*' ! -iname 'notice*' \
         \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.md' \) -delete \
    && find node_modules -type d -empty -delete

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
# Where the source is, and which commit: --build-arg SOURCE=https://… --build-arg REVISION=$(git rev-parse HEAD)
ARG SOURCE=
ARG REVISION=
LABEL org.opencontainers.image.title="responses-gateway" \
      org.opencontainers.image.description="OpenAI's Responses API in front of any chat-completions model server" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# A new volume gets its owner from here. Nothing is written elsewhere: the root file system may be read-only. By a link rather than
# by DATABASE_URL, which must not be set beside DATABASE_URL_FILE.
RUN mkdir /data && chown 1000:1000 /data && ln -s /data data
VOLUME /data
# By number, since Kubernetes' runAsNonRoot cannot tell who a name is.
USER 1000:1000
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Exec form: node is process 1 and gets SIGTERM itself.
# As `npm start`; docs/decisions/2026-11-22-lazy-parts.md says what the flag is for.
CMD ["node", "--max-semi-space-size=8", "--no-allocation-site-pretenuring", "dist/main.js"]
