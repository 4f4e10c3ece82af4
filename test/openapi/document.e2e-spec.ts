import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { getMetadataStorage } from 'class-validator';
import { parse } from 'yaml';
import type { Type } from '@nestjs/common';
import { FAILURE_CODES, INCOMPLETE_REASONS } from '../support/lifecycle-oracle.js';
import {
  AddItemsDto,
  CreateConversationDto,
  UpdateConversationDto,
} from '../../src/conversations/conversations.dto.js';
import { ERROR_TABLE } from '../../src/errors/error-table.js';
import { CompactDto } from '../../src/responses/compact/compact.dto.js';
import { CreateResponseDto } from '../../src/responses/dto/create-response.dto.js';
import { InputTokensDto } from '../../src/responses/input-tokens/input-tokens.dto.js';
import { API_DOCUMENT_FILE, apiDocument, type ApiDocument, resolved } from '../support/api-document.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { expectEnvelope } from '../support/error-envelope.js';
import { exchange, getJson } from '../support/http-client.js';
import { arrayOf, type Json, recordOf } from '../support/json.js';

const OPEN_RESPONSES =
  `model input previous_response_id include tools tool_choice metadata text temperature top_p
  presence_penalty frequency_penalty parallel_tool_calls stream stream_options background max_output_tokens max_tool_calls
  reasoning safety_identifier prompt_cache_key truncation instructions store service_tier top_logprobs`.split(
    /\s+/,
  );
const ERROR_FIELDS = ['message', 'type', 'param', 'code'];

const document = apiDocument();
const { schemas } = document.components;
const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();
const fieldsOf = (name: string): string[] => Object.keys(recordOf(schemas[name]?.properties));
const valuesOf = (name: string): string[] => arrayOf(schemas[name]?.enum).map(String);

describe('openapi/openapi.yaml', () => {
  it('should be valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate({ ...structuredClone(document) });
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  it('should have the version of the package', () => {
    const { version } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as Json;
    expect(document.info.version).toBe(version);
  });

  it('should use every schema that it has', () => {
    const used = new Set(
      [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name),
    );
    expect(Object.keys(schemas).filter((name) => !used.has(name))).toEqual([]);
  });

  it.each<[string, Type<object>]>([
    ['CreateResponse', CreateResponseDto],
    ['CompactRequest', CompactDto],
    ['CountRequest', InputTokensDto],
    ['CreateConversation', CreateConversationDto],
    ['UpdateConversation', UpdateConversationDto],
    ['AddItems', AddItemsDto],
  ])('should have the fields of a request in %s, and no others', (name, dto) => {
    const checked = getMetadataStorage()
      .getTargetValidationMetadatas(dto, '', false, false)
      .map(({ propertyName }) => propertyName);
    expect(sorted(fieldsOf(name))).toEqual(sorted(checked));
  });

  it('should describe every field of Open Responses', () => {
    expect(fieldsOf('CreateResponse')).toEqual(expect.arrayContaining(OPEN_RESPONSES));
    expect(schemas.CreateResponse?.required).toEqual(expect.arrayContaining(['model', 'input']));
  });

  it('should describe the answer as JSON, as a stream, and as an error', () => {
    const { responses } = document.paths['/v1/responses']!.post!;
    const { content } = responses['200']!;
    expect(Object.keys(content ?? {})).toEqual(['application/json', 'text/event-stream']);
    expect(Object.keys(recordOf(resolved(content?.['application/json']?.schema)?.properties))).toEqual(
      expect.arrayContaining(['id', 'status', 'output', 'output_text', 'usage', 'error']),
    );
    const envelope = resolved(resolved(responses.default)?.content?.['application/json']?.schema);
    const error = resolved(recordOf(envelope?.properties).error);
    expect(Object.keys(recordOf(recordOf(error).properties))).toEqual(ERROR_FIELDS);
  });

  it('should have the codes and types of the error table, and no others', () => {
    const rows = Object.values(ERROR_TABLE);
    expect(sorted(valuesOf('ErrorCode'))).toEqual(sorted(rows.map(({ code }) => code)));
    expect(sorted(valuesOf('ErrorType'))).toEqual(sorted(rows.map(({ type }) => type)));
  });

  it('should have the reasons and codes of answers that did not end well', () => {
    expect(sorted(valuesOf('IncompleteReason'))).toEqual(sorted(INCOMPLETE_REASONS));
    expect(FAILURE_CODES).toEqual(expect.arrayContaining(valuesOf('FailureCode')));
  });

  it('should tell every event by its type', () => {
    const { oneOf, discriminator } = schemas.ResponseEvent as {
      oneOf: { $ref: string }[];
      discriminator: { mapping: Record<string, string> };
    };
    const byType = oneOf.map(({ $ref }) => {
      const { type } = recordOf(recordOf(resolved({ $ref })).properties);
      return [recordOf(type).const, $ref];
    });
    expect(discriminator.mapping).toEqual(Object.fromEntries(byType));
  });
});

describe('a running gateway', () => {
  let gateway: TestApp;
  beforeAll(async () => {
    gateway = await createTestApp({ environment: { API_KEYS: 'client-key' } });
  });
  afterAll(() => gateway.close());

  it('should have the routes of the document, and no others', () => {
    const { router } = gateway.app.getHttpAdapter().getInstance() as unknown as {
      router: { stack: Layer[] };
    };
    const routes = router.stack.flatMap(({ route }) => {
      const methods = Object.keys(route?.methods ?? {});
      // All methods at once have what is refused with 405, and what is no path of its own what leads to /docs.
      if (typeof route?.path !== 'string' || methods.length !== 1) return [];
      return [`${methods[0]} ${route.path.replace(/[*:](\w+)/g, '{$1}')}`];
    });
    // An upgrade, which OpenAPI has no word for: the document tells of it in `x-openresponses-websocket`.
    expect(routes).toContain('get /v1/responses');
    expect(sorted(routes.filter((route) => route !== 'get /v1/responses'))).toEqual(
      sorted(operations(document)),
    );
  });

  it('should ask for a key where the document says so, and nowhere else', async () => {
    for (const operation of operations(document)) {
      const [method = '', path = ''] = operation.split(' ');
      const { security } = document.paths[path]![method]!;
      const url = `${gateway.url}${path.replaceAll(/\{\w+\}/g, 'lmdeploy-simulator')}`;
      const { status } = await exchange(method.toUpperCase(), url, undefined);
      expect([operation, status]).toEqual([operation, arrayOf(security).length > 0 ? 401 : 200]);
    }
  });

  it('should serve the document as JSON and as it was written', async () => {
    const json = await getJson(`${gateway.url}/docs/openapi.json`);
    expect(json.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(json.body).toEqual(document);
    const yaml = await getJson(`${gateway.url}/docs-yaml`);
    expect(yaml.raw).toBe(readFileSync(API_DOCUMENT_FILE, 'utf8'));
    expect(parse(yaml.raw)).toEqual(document);
  });

  it.each(['/docs', '/docs/'])('should serve a page and what the page needs on %s', async (path) => {
    const page = `${gateway.url}${path}`;
    const { status, headers, raw } = await getJson(page);
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/html/);
    const needed = [...raw.matchAll(/(?:src|href)="(\.\/[^"]+)"/g)].map(([, link = '']) => link);
    expect(needed.length).toBeGreaterThan(2);
    for (const link of needed) {
      const answer = await getJson(new URL(link, page).href);
      expect([link, answer.status]).toEqual([link, 200]);
      expect(answer.headers['content-type']).toMatch(link.endsWith('.css') ? /^text\/css/ : /javascript/);
    }
  });

  it('should let the page ask this gateway and nobody else', async () => {
    const { headers, raw } = await getJson(`${gateway.url}/docs`);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|\*/);
    expect(raw).not.toMatch(/https?:/);
    const script = await getJson(`${gateway.url}/docs/show-document.js`);
    expect(script.raw).toContain('validatorUrl: null');
  });

  it('should serve no other file of the viewer', async () => {
    for (const path of ['package.json', 'swagger-ui.js', '..%2fpackage.json', 'swagger-ui-bundle.js.map']) {
      expectEnvelope(await getJson(`${gateway.url}/docs/${path}`), NOT_FOUND);
    }
  });
});

const NOT_FOUND = { status: 404, type: 'not_found_error', code: 'not_found' };

interface Layer {
  route?: { path: unknown; methods: Record<string, boolean> };
}

function operations({ paths }: ApiDocument): string[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => !method.startsWith('x-'))
      .map((method) => `${method} ${path}`),
  );
}

describe('DOCS_ENABLED=false', () => {
  it('should serve neither the page nor the document', async () => {
    const gateway = await createTestApp({ environment: { DOCS_ENABLED: 'false' } });
    for (const path of ['/docs', '/docs/openapi.json'])
      expectEnvelope(await getJson(`${gateway.url}${path}`), NOT_FOUND);
    await gateway.close();
  });
});
