// The gateway with an extension as a deployer would write it: an interceptor that maps every single event.
import 'reflect-metadata';
import process from 'node:process';
import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { map } from 'rxjs';
import { AppModule } from '../../dist/app.module.js';
import { createGateway } from '../../dist/app.setup.js';
import { ResponsesController } from '../../dist/responses/responses.controller.js';

const rewrap = (event) => (event.type.endsWith('.delta') ? { ...event } : event);

class MappingInterceptor {
  intercept(context, next) {
    return context.getClass() === ResponsesController ? next.handle().pipe(map(rewrap)) : next.handle();
  }
}

class MappingModule {}
Module({ providers: [{ provide: APP_INTERCEPTOR, useClass: MappingInterceptor }] })(MappingModule);

const app = await createGateway(AppModule.register({ extensions: [MappingModule] }));
await app.listen(Number(process.env.PORT), '127.0.0.1');
