import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import { type RequestHandler, Router } from 'express';
import { loadSwagger } from './describe.decorator.js';

const PATHS = /^\/docs(?:[-/]|$)/i;

/** Serves the description on /docs; it is built on the first request. */
export function serveDocs(app: NestExpressApplication): void {
  const express = app.getHttpAdapter().getInstance();
  let pages: Promise<RequestHandler> | undefined;
  express.get(PATHS, (request, response, next) => {
    pages ??= buildPages(app);
    pages.then((handle) => handle(request, response, next)).catch(next);
  });
}

/** The OpenAPI description, for instance to write it to a file. */
export async function describeApi(app: INestApplication): Promise<OpenAPIObject> {
  const { DocumentBuilder, SwaggerModule } = await loadSwagger();
  const config = new DocumentBuilder()
    .setTitle('Responses gateway')
    .setDescription("OpenAI's Responses API in front of a chat-completions model server.")
    .addBearerAuth()
    .build();
  return SwaggerModule.createDocument(app, config);
}

/** On a router of their own: routes added to the running application would come behind Nest's 404. */
async function buildPages(app: NestExpressApplication): Promise<RequestHandler> {
  const [{ SwaggerModule }, description] = await Promise.all([loadSwagger(), describeApi(app)]);
  const router = Router();
  const adapter = new ExpressAdapter(router);
  const host = {
    getHttpAdapter: () => adapter,
    useStaticAssets: adapter.useStaticAssets.bind(adapter),
  };
  SwaggerModule.setup('docs', host as unknown as INestApplication, description, {
    jsonDocumentUrl: 'docs/openapi.json',
  });
  return router;
}
