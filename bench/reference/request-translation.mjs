// Times the gateway's own check and translation of a request body against JSON.parse of the same body, in one process.
//   node request-translation.mjs <dist of the gateway> <file with the body> <rounds>
// Prints {"parseMs":[…],"translateMs":[…]}: the mean of a round's iterations, per body.
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { pathToFileURL, URL } from 'node:url';
import { NestFactory } from '@nestjs/core';

const WARM_ITERATIONS = 150;
const ITERATIONS = 20;

const [dist, file, rounds] = process.argv.slice(2);
const load = (path) => import(new URL(path, `${pathToFileURL(dist).href}/`));

const { AppModule } = await load('app.module.js');
const { CREATE_OPTIONS } = await load('app.setup.js');
const { ModelsService } = await load('models/models.service.js');
const { CreateResponsePipe } = await load('responses/dto/create-response.pipe.js');
const { TranslationService } = await load('translation/translation.service.js');

const app = await NestFactory.create(AppModule.register(), CREATE_OPTIONS);
await app.init();
const translation = app.get(TranslationService, { strict: false });
const pipe = new CreateResponsePipe();
const text = readFileSync(file, 'utf8');
const target = await app.get(ModelsService, { strict: false }).resolve(JSON.parse(text).model, {});

function translate(raw) {
  const { body, unknownFields } = pipe.transform(raw);
  return translation.translate(body, {
    ...target,
    reasoningOutput: 'summary',
    callerId: 'bench',
    unknownFields,
  });
}

function measure(iterations) {
  let parse = 0;
  let translated = 0;
  for (let i = 0; i < iterations; i++) {
    const begin = performance.now();
    const raw = JSON.parse(text);
    const parsed = performance.now();
    const { chat } = translate(raw);
    translated += performance.now() - parsed;
    parse += parsed - begin;
    if (chat.messages.length === 0) throw new Error('Nothing was translated.');
  }
  return { parse: parse / iterations, translated: translated / iterations };
}

measure(WARM_ITERATIONS);
const results = Array.from({ length: Number(rounds) }, () => measure(ITERATIONS));
process.stdout.write(
  JSON.stringify({
    parseMs: results.map(({ parse }) => parse),
    translateMs: results.map(({ translated }) => translated),
  }),
);
process.exit(0);
