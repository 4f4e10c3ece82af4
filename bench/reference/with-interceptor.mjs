// The gateway with an extension as a deployer would write it: an interceptor that maps every single event.
import 'reflect-metadata';
import process from 'node:process';
import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { map } from 'rxjs';
import { AppModule } from '../../dist/app.module.js';
import { configureApp, CREATE_OPTIONS } from '../../dist/app.setup.js';
import { FlatExpressAdapter } from '../../dist/http/flat-express.adapter.js';
import { ResponsesController } from '../../dist/responses/responses.controller.js';

const rewrap = (event) => (event.type.endsWith('.delta') ? { ...event } : event);

class MappingInterceptor {
  intercept(context, next) {
    return context.getClass() === ResponsesController ? next.handle().pipe(map(rewrap)) : next.handle();
  }
}

class MappingModule {}
Module({ providers: [{ provide: APP_INTERCEPTOR, useClass: MappingInterceptor }] })(MappingModule);

const app = await NestFactory.create(
  AppModule.register({ extensions: [MappingModule] }),
  new FlatExpressAdapter(),
  CREATE_OPTIONS,
);
await configureApp(app).listen(Number(process.env.PORT), '127.0.0.1');
